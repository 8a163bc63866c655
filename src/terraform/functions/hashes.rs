//! Digests.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use stockade_source::Span;

use super::{Fault, Outcome, base64, text_arg};
use crate::value::{K, Val};

pub(super) fn md5(args: &[Val], span: Span) -> Outcome {
    digest("md5", args, span)
}

pub(super) fn sha1(args: &[Val], span: Span) -> Outcome {
    digest("sha1", args, span)
}

pub(super) fn sha256(args: &[Val], span: Span) -> Outcome {
    digest("sha256", args, span)
}

pub(super) fn sha512(args: &[Val], span: Span) -> Outcome {
    digest("sha512", args, span)
}

pub(super) fn base64sha256(args: &[Val], span: Span) -> Outcome {
    digest("base64sha256", args, span)
}

pub(super) fn base64sha512(args: &[Val], span: Span) -> Outcome {
    digest("base64sha512", args, span)
}

fn digest(name: &str, args: &[Val], span: Span) -> Outcome {
    let text = text_arg(args, 0)?;
    Ok(K::text(of(name, text.as_bytes()).ok_or(Fault::Invalid)?).at(span))
}

/// What the function of a name gives for bytes.
pub(crate) fn of(name: &str, bytes: &[u8]) -> Option<String> {
    Some(match name {
        "md5" => hex(&md5::Md5::digest(bytes)),
        "sha1" => hex(&Sha1::digest(bytes)),
        "sha256" => hex(&Sha256::digest(bytes)),
        "sha512" => hex(&Sha512::digest(bytes)),
        "base64" => base64(bytes),
        "base64sha256" => base64(&Sha256::digest(bytes)),
        "base64sha512" => base64(&Sha512::digest(bytes)),
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn uuidv5(args: &[Val], span: Span) -> Outcome {
    let (namespace, name) = (text_arg(args, 0)?, text_arg(args, 1)?);
    let known = |last: u8| {
        let mut bytes = [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        bytes[3] = last;
        bytes
    };
    let space = match &*namespace {
        "dns" => known(0x10),
        "url" => known(0x11),
        "oid" => known(0x12),
        "x500" => known(0x14),
        text => uuid(text).ok_or(Fault::Invalid)?,
    };
    let mut hash = Sha1::digest([&space[..], name.as_bytes()].concat());
    hash[6] = hash[6] & 0x0f | 0x50;
    hash[8] = hash[8] & 0x3f | 0x80;
    let text = hex(&hash[..16]);
    let groups = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
    Ok(K::text(groups.join("-")).at(span))
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let plain = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let plain = plain.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(plain);
    let dashes = plain.len() == 36 && [8, 13, 18, 23].iter().all(|at| plain.as_bytes()[*at] == b'-');
    let digits: Vec<u8> = if dashes { plain.bytes().filter(|b| *b != b'-').collect() } else { plain.bytes().collect() };
    if digits.len() != 32 {
        return None;
    }
    let mut out = [0u8; 16];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}
