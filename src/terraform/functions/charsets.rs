//! Text in other encodings.

use std::io::Write;

use encoding_rs::Encoding;
use flate2::{Compression, GzBuilder};
use stockade_source::Span;

use super::{Fault, Outcome, base64, encoding::from_base64, text_arg};
use crate::value::{K, Val};

/// An encoding by its IANA name.
enum Charset {
    Ascii,
    /// With the byte order: whether it is the little end that comes first.
    Utf16(bool, bool),
    Latin1,
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
            // Names of the Web that IANA does not have.
            "UTF8" | "ASCII" | "X-SJIS" | "SJIS" | "CP1252" | "X-CP1252" | "UNICODE" => return Err(Fault::Invalid),
            // Registered, but without a table here.
            name if name.starts_with("IBM") || name.starts_with("CP") || name.starts_with("UTF-32") => {
                return Err(Fault::Unsupported);
            }
            _ => Encoding::for_label(name.as_bytes()).map(Charset::Other).ok_or(Fault::Invalid)?,
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
            Charset::Utf16(little, mark) => {
                let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
                units.flat_map(|unit| if *little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
            }
            Charset::Other(encoding) => {
                let (bytes, _, replaced) = encoding.encode(text);
                if replaced {
                    return Err(Fault::Invalid);
                }
                bytes.into_owned()
            }
        })
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, Fault> {
        match self {
            Charset::Ascii if bytes.is_ascii() => String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Invalid),
            Charset::Ascii => Err(Fault::Invalid),
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
                    Some(_) => return Err(Fault::Invalid),
                    None => (*little, pairs),
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
                text.map(std::borrow::Cow::into_owned).ok_or(Fault::Invalid)
            }
        }
    }
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
