//! Text in other encodings.

use std::borrow::Cow;
use std::io::Write;

use encoding_rs::Encoding;
use flate2::{Compression, GzBuilder};
use stockade_source::Span;

use super::{Fault, Outcome, base64, codepages, encoding::from_base64, text_arg};
use crate::value::{K, Val};

/// An encoding by its IANA name.
enum Charset {
    Ascii,
    /// With the byte order: whether it is the little end that comes first.
    Utf16(bool, bool),
    Latin1,
    /// The characters of the bytes.
    Page(Vec<char>),
    Other(&'static Encoding),
}

impl Charset {
    fn named(name: &str) -> Result<Charset, Fault> {
        let upper = name.to_ascii_uppercase();
        Ok(match upper.as_str() {
            "UTF-8" | "CSUTF8" => Charset::Other(encoding_rs::UTF_8),
            "UTF-16LE" => Charset::Utf16(true, false),
            "UTF-16BE" => Charset::Utf16(false, false),
            "UTF-16" => Charset::Utf16(false, true),
            "US-ASCII" | "ISO-IR-6" | "ANSI_X3.4-1968" | "ANSI_X3.4-1986" | "ISO_646.IRV:1991" | "ISO646-US" | "US"
            | "IBM367" | "CP367" | "CSASCII" => Charset::Ascii,
            "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "L1" | "IBM819" | "CP819" | "ISO-IR-100" | "CSISOLATIN1" => {
                Charset::Latin1
            }
            "GBK" | "CP936" | "MS936" | "WINDOWS-936" | "CSGBK" => Charset::Other(encoding_rs::GBK),
            "LATIN-9" => Charset::Other(encoding_rs::ISO_8859_15),
            // There is no table for it.
            "HZ-GB-2312" => return Err(Fault::Unsupported),
            // Names of the Web that IANA does not have, and encodings of IANA that Go does not have.
            "UTF8" | "ASCII" | "X-SJIS" | "SJIS" | "SHIFT-JIS" | "CP1252" | "UNICODE" | "ISO-10646-UCS-2"
            | "ISO-8859-11" | "TIS-620" | "WINDOWS-31J" | "CSWINDOWS31J" | "KOREAN" | "GB2312" | "BIG5-HKSCS" => {
                return Err(Fault::Invalid);
            }
            name if ["X-", "ISO8", "KS"].iter().any(|start| name.starts_with(start)) => return Err(Fault::Invalid),
            name => match codepages::named(name) {
                Some(page) => Charset::Page(page),
                None => {
                    let label = name.replace("CSWINDOWS", "WINDOWS-");
                    let known =
                        Encoding::for_label(label.as_bytes()).filter(|known| *known != encoding_rs::REPLACEMENT);
                    known.map(Charset::Other).ok_or(Fault::Invalid)?
                }
            },
        })
    }

    fn encode(&self, text: &str) -> Result<Vec<u8>, Fault> {
        Ok(match self {
            Charset::Ascii if text.is_ascii() => text.as_bytes().to_vec(),
            Charset::Ascii => return Err(Fault::Invalid),
            Charset::Latin1 => {
                let byte = |c: char| u8::try_from(u32::from(c)).map_err(|_| Fault::Invalid);
                text.chars().map(byte).collect::<Result<_, _>>()?
            }
            Charset::Page(page) => {
                let byte = |c| page.iter().position(|other| *other == c).and_then(|at| u8::try_from(at).ok());
                text.chars().map(byte).collect::<Option<_>>().ok_or(Fault::Invalid)?
            }
            Charset::Utf16(little, mark) => {
                let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
                units.flat_map(|unit| if *little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
            }
            Charset::Other(encoding) => {
                // Go's tables of East Asia differ in a few characters: these have more, ...
                let fewer = [encoding_rs::EUC_JP, encoding_rs::BIG5].contains(encoding);
                let kana = |c| matches!(c, '\u{FF61}'..='\u{FF9F}');
                if *encoding == encoding_rs::ISO_2022_JP && text.contains(kana) {
                    return Err(Fault::Unsupported);
                }
                // ... those of Japan lack one.
                let japan = [encoding_rs::EUC_JP, encoding_rs::SHIFT_JIS, encoding_rs::ISO_2022_JP].contains(encoding);
                let single = encoding.is_single_byte();
                if single && text.contains(is_control) || japan && text.contains('\u{2212}') {
                    return Err(Fault::Invalid);
                }
                let (bytes, _, replaced) = encoding.encode(text);
                if replaced {
                    return Err(if fewer { Fault::Unsupported } else { Fault::Invalid });
                }
                bytes.into_owned()
            }
        })
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, Fault> {
        match self {
            Charset::Ascii if bytes.is_ascii() => String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Invalid),
            Charset::Ascii => Err(Fault::Invalid),
            Charset::Page(page) => Ok(bytes.iter().map(|byte| page[usize::from(*byte)]).collect()),
            Charset::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Charset::Utf16(little, mark) => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                let unit = |pair: &[u8; 2], little| {
                    if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
                };
                let marked = pairs.first().filter(|_| *mark).map(|pair| unit(pair, false));
                let (little, pairs) = match marked {
                    Some(0xFEFF) => (false, &pairs[1..]),
                    Some(0xFFFE) => (true, &pairs[1..]),
                    _ => (*little, pairs),
                };
                let units: Vec<u16> = pairs.iter().map(|pair| unit(pair, little)).collect();
                if rest.is_empty() {
                    String::from_utf16(&units).map_err(|_| Fault::Invalid)
                } else {
                    Err(Fault::Invalid)
                }
            }
            Charset::Other(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
                let single = encoding.is_single_byte();
                text.filter(|text| !single || !text.contains(is_control)).map(Cow::into_owned).ok_or(Fault::Invalid)
            }
        }
    }
}

/// The controls that the Web has where an encoding leaves a byte without character.
fn is_control(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9F}')
}

pub(super) fn textencodebase64(args: &[Val], span: Span) -> Outcome {
    let charset = Charset::named(&text_arg(args, 1)?)?;
    Ok(K::text(base64(&charset.encode(&text_arg(args, 0)?)?)).at(span))
}

pub(super) fn textdecodebase64(args: &[Val], span: Span) -> Outcome {
    let charset = Charset::named(&text_arg(args, 1)?)?;
    let bytes = from_base64(&text_arg(args, 0)?).ok_or(Fault::Invalid)?;
    Ok(K::text(charset.decode(&bytes)?).at(span))
}

/// Something that decompresses to the text; Terraform's own bytes differ, as compressors do.
pub(super) fn base64gzip(args: &[Val], span: Span) -> Outcome {
    let mut writer = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::default());
    let written = writer.write_all(text_arg(args, 0)?.as_bytes()).and_then(|()| writer.finish());
    Ok(K::text(base64(&written.map_err(|_| Fault::Unsupported)?)).at(span))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_compressed_can_be_read_again() {
        let val = base64gzip(&[K::text("hello").at(Span::NONE)], Span::NONE).unwrap();
        let bytes = from_base64(val.as_text().unwrap()).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
}
