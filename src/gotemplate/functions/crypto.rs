//! Cryptography that gives the same result every time.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::arguments::{Arguments, lossy};
use super::encoding::{base64, to_base64};
use crate::call::Call;
use crate::text::Text;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

const BLOCK: usize = 16;

/// What one derived password costs: it fills 32 MiB of memory twice, which takes about as long as so many steps. No chart
/// derives more than one or two.
const DERIVATION: usize = 2_000_000;

/// The key is the password, cut or filled with zeros.
fn cipher(password: &str) -> Aes256 {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(password.bytes()) {
        *to = from;
    }
    Aes256::new(&Array::from(key))
}

/// The vector it begins with is random, and with it every byte.
pub(super) fn encrypt_aes(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (password, text) = (args.str(0)?, args.str(1)?);
    if text.is_empty() {
        return Ok("".into());
    }
    call.text_fits(text.len().saturating_mul(2))?;
    let cipher = cipher(password);
    let padding = BLOCK - text.len() % BLOCK;
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(text.len() + padding, u8::try_from(padding).unwrap_or(0));
    let mut out = vec![0; BLOCK];
    let mut previous = [0; BLOCK];
    for block in bytes.chunks_exact(BLOCK) {
        let mut mixed: [u8; BLOCK] = std::array::from_fn(|index| block[index] ^ previous[index]);
        let mut array = Array::from(mixed);
        cipher.encrypt_block(&mut array);
        mixed = array.into();
        out.extend_from_slice(&mixed);
        previous = mixed;
    }
    Ok(Text::unknown(to_base64(&out), "encryptAES").into())
}

pub(super) fn decrypt_aes(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (password, text) = (args.str(0)?, args.text(1)?);
    if text.is_empty() {
        return Ok("".into());
    }
    let bytes = base64(text.as_str())?;
    if bytes.len() < BLOCK {
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {}", bytes.len()));
    }
    if !bytes.len().is_multiple_of(BLOCK) {
        return Err("crypto/cipher: input not full blocks".to_owned());
    }
    let cipher = cipher(password);
    let mut out = Vec::with_capacity(bytes.len());
    for pair in bytes.chunks_exact(BLOCK).collect::<Vec<_>>().windows(2) {
        let [previous, block] = pair else { continue };
        let mut array = Array::from(std::array::from_fn::<u8, BLOCK, _>(|index| block[index]));
        cipher.decrypt_block(&mut array);
        out.extend(array.iter().zip(*previous).map(|(byte, mask)| byte ^ mask));
    }
    let padding = usize::from(out.last().copied().unwrap_or(0));
    match out.len().checked_sub(padding) {
        Some(len) => out.truncate(len),
        None => {
            return Err(format!("runtime error: slice bounds out of range [:-{}]", padding - out.len()));
        }
    }
    Ok(text.derived(lossy(&out)).into())
}

/// The shapes of each kind of password, and the characters that a letter of a shape stands for.
const SHAPES: [(&str, &[&str]); 6] = [
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

fn characters(letter: char) -> &'static [u8] {
    match letter {
        'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        'v' => b"aeiou",
        'c' => b"bcdfghjklmnpqrstvwxyz",
        'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        'n' => b"0123456789",
        'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm.
pub(super) fn derive_password(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let given = Arguments(args);
    let counter = u32::try_from(given.int(0)?);
    let counter = counter.map_err(|_| format!("expected unsigned integer; found {}", given.int(0).unwrap_or(0)))?;
    let (kind, password, user, site) = (given.str(1)?, given.str(2)?, given.str(3)?, given.str(4)?);
    let Some((_, shapes)) = SHAPES.iter().find(|(name, _)| *name == kind) else {
        return Ok(format!("cannot find password template {kind}").into());
    };
    call.charge(DERIVATION)?;
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let failed = |_| "failed to derive password".to_owned();
    let salt = [SEED, &length(user), user.as_bytes()].concat();
    let mut key = [0; 64];
    let parameters = scrypt::Params::new(15, 8, 2).map_err(|_| failed(()))?;
    scrypt::scrypt(password.as_bytes(), &salt, &parameters, &mut key).map_err(|_| failed(()))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| failed(()))?;
    mac.update(&[SEED, &length(site), site.as_bytes(), &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let pick = |index: usize, count: usize| usize::from(seed.get(index).copied().unwrap_or(0)) % count.max(1);
    let shape = shapes.get(pick(0, shapes.len())).copied().unwrap_or_default();
    let derived: String = shape
        .chars()
        .zip(1..)
        .filter_map(|(letter, index)| {
            let letters = characters(letter);
            letters.get(pick(index, letters.len())).copied().map(char::from)
        })
        .collect();
    Ok(match given.unknown() {
        Some(function) => Text::unknown(derived, function).into(),
        None => derived.into(),
    })
}
