//! Bytes to text.

/// The byte order mark of UTF-8.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A text whose byte offsets are those of the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text; every byte that is not UTF-8 stands as `?`, so that offsets stay true.
    pub text: String,
    /// The offset of the first byte that is not UTF-8.
    pub invalid: Option<u32>,
}

/// Reads `bytes` as UTF-8.
///
/// UTF-16 (told by its byte order mark) and other encodings come back as a text with
/// [`Decoded::invalid`] set; such a file must be reported as incomplete and never edited.
pub fn decode(bytes: Vec<u8>) -> Decoded {
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, invalid: None },
        Err(error) => {
            let first = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
            }
            Decoded { text, invalid: Some(u32::try_from(first).unwrap_or(u32::MAX)) }
        }
    }
}

/// How many bytes at the start of `text` are a byte order mark: 0 or 3.
pub(crate) fn bom_len(text: &str) -> usize {
    if text.as_bytes().starts_with(&BOM) { BOM.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_keep_the_offsets() {
        let got = decode(b"a\xffb\xe2\x82c".to_vec());
        assert_eq!(got, Decoded { text: "a?b??c".into(), invalid: Some(1) });
    }

    #[test]
    fn text_is_kept() {
        assert_eq!(decode("é".into()), Decoded { text: "é".into(), invalid: None });
    }
}
