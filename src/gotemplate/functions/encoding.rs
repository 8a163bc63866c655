//! Encodings and checksums.

use std::fmt::Write as _;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::arguments::{Arguments, lossy};
use crate::call::Call;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

/// An alphabet of `2^bits` characters, with `=` for padding.
struct Encoding {
    alphabet: &'static [u8],
    bits: u32,
    /// How many characters stand together.
    group: usize,
    name: &'static str,
}

const BASE64: Encoding = Encoding {
    alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    group: 4,
    name: "base64",
};
const BASE32: Encoding = Encoding { alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", bits: 5, group: 8, name: "base32" };

impl Encoding {
    fn encode(&self, bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len() * 2);
        let (mut buffer, mut held) = (0u32, 0);
        let digit =
            |value: u32| self.alphabet.get(value as usize & (self.alphabet.len() - 1)).map_or('=', |b| *b as char);
        for byte in bytes {
            buffer = buffer << 8 | u32::from(*byte);
            held += 8;
            while held >= self.bits {
                held -= self.bits;
                out.push(digit(buffer >> held));
            }
        }
        if held > 0 {
            out.push(digit(buffer << (self.bits - held)));
        }
        while !out.len().is_multiple_of(self.group) {
            out.push('=');
        }
        out
    }

    fn corrupt(&self, at: usize) -> String {
        format!("illegal {} data at input byte {at}", self.name)
    }

    /// The bytes, or Go's error. Line breaks count as nothing.
    fn decode(&self, text: &str) -> std::result::Result<Vec<u8>, String> {
        let digits: Vec<(usize, u8)> =
            text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n')).collect();
        let mut out = Vec::with_capacity(text.len());
        let mut groups = digits.chunks(self.group).peekable();
        while let Some(group) = groups.next() {
            let (mut buffer, mut held) = (0u64, 0);
            let mut count = 0;
            for (at, byte) in group {
                let Some(value) = self.alphabet.iter().position(|digit| digit == byte) else {
                    if *byte == b'=' && count >= 2 {
                        break;
                    }
                    return Err(self.corrupt(*at));
                };
                buffer = buffer << self.bits | value as u64;
                held += self.bits;
                count += 1;
            }
            if count < group.len() || count < self.group {
                self.check_padding(group, count, groups.peek().and_then(|next| next.first()), text.len())?;
            }
            while held >= 8 {
                held -= 8;
                out.push((buffer >> held & 0xff) as u8);
            }
        }
        Ok(out)
    }

    /// Whether the last group, with `count` digits, is padded as it must be.
    fn check_padding(
        &self,
        group: &[(usize, u8)],
        count: usize,
        next: Option<&(usize, u8)>,
        len: usize,
    ) -> std::result::Result<(), String> {
        if group.len() < self.group {
            // The text ends within the group.
            return Err(self.corrupt(if count < group.len() { len } else { group[0].0 }));
        }
        if let Some((at, _)) = group[count..].iter().find(|(_, byte)| *byte != b'=') {
            return Err(self.corrupt(*at));
        }
        if self.group == 8 && matches!(count, 3 | 6) {
            return Err(self.corrupt(group[count].0 - 1));
        }
        next.map_or(Ok(()), |(at, _)| Err(self.corrupt(*at)))
    }
}

/// The bytes of a text in base 64, or Go's error.
pub(super) fn base64(text: &str) -> std::result::Result<Vec<u8>, String> {
    BASE64.decode(text)
}

/// Bytes in base 64.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

fn encoded(args: &[Value], change: impl FnOnce(&str) -> String) -> Result {
    let text = Arguments(args).text(0)?;
    let changed = change(text.as_str());
    Ok(text.derived(changed).into())
}

pub(super) fn b64enc(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    call.text_fits(Arguments(args).str(0)?.len().saturating_mul(2))?;
    encoded(args, |text| BASE64.encode(text.as_bytes()))
}

pub(super) fn b64dec(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| BASE64.decode(text).map_or_else(|error| error, |bytes| lossy(&bytes).into_owned()))
}

pub(super) fn b32enc(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    call.text_fits(Arguments(args).str(0)?.len().saturating_mul(2))?;
    encoded(args, |text| BASE32.encode(text.as_bytes()))
}

pub(super) fn b32dec(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| BASE32.decode(text).map_or_else(|error| error, |bytes| lossy(&bytes).into_owned()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

pub(super) fn sha1sum(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| hex(&Sha1::digest(text)))
}

pub(super) fn sha256sum(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| hex(&Sha256::digest(text)))
}

pub(super) fn sha512sum(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| hex(&Sha512::digest(text)))
}

pub(super) fn adler32sum(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    encoded(args, |text| {
        let (a, b) = text.bytes().fold((1u32, 0u32), |(a, b), byte| {
            let a = (a + u32::from(byte)) % 65521;
            (a, (b + a) % 65521)
        });
        (b << 16 | a).to_string()
    })
}
