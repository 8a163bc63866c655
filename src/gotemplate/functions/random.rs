//! What is random: placeholders of the right shape, marked as unknown.

use std::collections::BTreeMap;

use super::arguments::{Arguments, unknown_function};
use super::encoding::{base64, to_base64};
use crate::call::Call;
use crate::text::Text;
use crate::value::{Kind, Map, Object, Value};

type Result = std::result::Result<Value, String>;

/// `count` characters, all the same, of a function nobody can foresee.
fn placeholder(call: &mut Call<'_, '_>, args: &[Value], c: char, function: &str) -> Result {
    // A count below zero gives no text, as the error is dropped.
    let count = usize::try_from(Arguments(args).int(0)?).unwrap_or(0);
    call.text_fits(count)?;
    Ok(Text::unknown(c.to_string().repeat(count), function).into())
}

pub(super) fn rand_alpha_num(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    placeholder(call, args, 'x', "randAlphaNum")
}

pub(super) fn rand_alpha(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    placeholder(call, args, 'x', "randAlpha")
}

pub(super) fn rand_ascii(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    placeholder(call, args, 'x', "randAscii")
}

pub(super) fn rand_numeric(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    placeholder(call, args, '1', "randNumeric")
}

pub(super) fn rand_bytes(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let count = usize::try_from(Arguments(args).int(0)?);
    let count = count.map_err(|_| "runtime error: makeslice: len out of range".to_owned())?;
    call.text_fits(count.saturating_mul(2))?;
    Ok(Text::unknown(to_base64(&vec![0; count]), "randBytes").into())
}

pub(super) fn rand_int(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (least, end) = (args.int(0)?, args.int(1)?);
    if end <= least {
        return Err("invalid argument to Intn".to_owned());
    }
    if end - 1 == least {
        return Ok(least.into());
    }
    Ok(Text::unknown(least.to_string(), "randInt").into())
}

pub(super) fn shuffle(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    let mut chars = text.as_str().chars();
    let Some(first) = chars.next() else { return Ok(text.into()) };
    // Of one character there is one order only.
    Ok(if chars.all(|c| c == first) { text } else { Text::unknown(text.as_str(), "shuffle") }.into())
}

pub(super) fn uuidv4(_: &mut Call<'_, '_>, _: &[Value]) -> Result {
    Ok(Text::unknown("00000000-0000-4000-8000-000000000000", "uuidv4").into())
}

fn bcrypted(password: &str) -> std::result::Result<String, String> {
    if password.len() > 72 {
        return Err("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned());
    }
    Ok(format!("$2a$10${}", ".".repeat(53)))
}

pub(super) fn bcrypt(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(match bcrypted(Arguments(args).str(0)?) {
        Ok(hash) => Text::unknown(hash, "bcrypt").into(),
        Err(error) => error.into(),
    })
}

pub(super) fn htpasswd(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (user, password) = (args.str(0)?, args.str(1)?);
    if user.contains(':') {
        return Ok(format!("invalid username: {user}").into());
    }
    Ok(match bcrypted(password) {
        Ok(hash) => Text::unknown(format!("{user}:{hash}"), "htpasswd").into(),
        Err(error) => format!("{user}:{error}").into(),
    })
}

/// Something between the two lines of PEM.
fn pem(label: &str, size: usize) -> String {
    let body = to_base64(&vec![0; size]);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        out.push_str(&super::arguments::lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

pub(super) fn gen_private_key(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let kind = Arguments(args).str(0)?;
    let (label, size) = match kind {
        "" | "rsa" => ("RSA PRIVATE KEY", 2349),
        "dsa" => ("DSA PRIVATE KEY", 858),
        "ecdsa" => ("EC PRIVATE KEY", 121),
        "ed25519" => ("PRIVATE KEY", 48),
        kind => return Ok(format!("Unknown type {kind}").into()),
    };
    Ok(Text::unknown(pem(label, size), "genPrivateKey").into())
}

/// A certificate with its key.
#[derive(Debug)]
struct Certificate {
    cert: Text,
    key: Text,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(self.cert.clone().into()),
            "Key" => Some(self.key.clone().into()),
            _ => None,
        }
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result> {
        None
    }

    fn value(&self) -> Value {
        let fields =
            BTreeMap::from([("Cert".into(), self.cert.clone().into()), ("Key".into(), self.key.clone().into())]);
        Value::computed(Kind::Map(Map::of_struct(fields)))
    }
}

fn generated(function: &str, key: Option<Text>) -> Result {
    let key = key.unwrap_or_else(|| Text::unknown(pem("RSA PRIVATE KEY", 1192), function));
    Ok(Value::object(Certificate { cert: Text::unknown(pem("CERTIFICATE", 800), function), key }))
}

/// Checks a list of IP addresses or names; nil is an empty one.
fn names(value: &Value, addresses: bool) -> std::result::Result<(), String> {
    let list = match &value.kind {
        Kind::Nil => return Ok(()),
        Kind::List(list) => list,
        _ => {
            return Err(format!("wrong type for value; expected []interface {{}}; got {}", value.type_name()));
        }
    };
    for item in list.iter() {
        let Some(text) = item.as_str() else {
            let shown = item.printed()?;
            let what = if addresses { "error parsing ip" } else { "error processing alternate dns name" };
            return Err(format!("{what}: {shown} is not a string"));
        };
        if addresses && unknown_function(item).is_none() && text.parse::<std::net::IpAddr>().is_err() {
            return Err(format!("error parsing ip: {text}"));
        }
    }
    Ok(())
}

/// A private key in PEM.
fn private_key(args: Arguments<'_>, index: usize) -> std::result::Result<Text, String> {
    let text = args.text(index)?;
    if text.as_str().contains("-----BEGIN ") {
        Ok(text)
    } else {
        Err("parsing private key: no PEM data in input".to_owned())
    }
}

/// A certificate that signs others.
fn authority(args: Arguments<'_>, index: usize) -> std::result::Result<(), String> {
    let value = args.value(index);
    let certificate = match &value.kind {
        Kind::Object(object) => (&**object as &dyn std::any::Any).is::<Certificate>(),
        _ => false,
    };
    if certificate {
        return Ok(());
    }
    let found = if value.is_nil() { "interface {}" } else { value.type_name() };
    Err(format!("wrong type for value; expected sprig.certificate; got {found}"))
}

pub(super) fn gen_ca(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    args.str(0)?;
    args.int(1)?;
    generated("genCA", None)
}

pub(super) fn gen_ca_with_key(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    args.str(0)?;
    args.int(1)?;
    generated("genCAWithKey", Some(private_key(args, 2)?))
}

fn signed(args: Arguments<'_>) -> std::result::Result<(), String> {
    args.str(0)?;
    args.int(3)?;
    names(args.value(1), true)?;
    names(args.value(2), false)
}

pub(super) fn gen_self_signed_cert(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    signed(Arguments(args))?;
    generated("genSelfSignedCert", None)
}

pub(super) fn gen_self_signed_cert_with_key(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    signed(args)?;
    generated("genSelfSignedCertWithKey", Some(private_key(args, 4)?))
}

pub(super) fn gen_signed_cert(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    authority(args, 4)?;
    signed(args)?;
    generated("genSignedCert", None)
}

pub(super) fn gen_signed_cert_with_key(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    authority(args, 4)?;
    signed(args)?;
    generated("genSignedCertWithKey", Some(private_key(args, 5)?))
}

pub(super) fn build_custom_cert(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let part = |index: usize, what: &str| {
        let text = args.text(index)?;
        let bytes = base64(text.as_str()).map_err(|_| format!("unable to decode base64 {what}"))?;
        Ok::<Text, String>(text.derived(super::arguments::lossy(&bytes)))
    };
    let (cert, key) = (part(0, "certificate")?, part(1, "private key")?);
    let known = cert.unknown_function().is_none();
    if known && !cert.as_str().contains("-----BEGIN ") {
        return Err("unable to decode certificate".to_owned());
    }
    if key.unknown_function().is_none() && !key.as_str().contains("-----BEGIN ") {
        return Err("error parsing private key: no PEM data in input".to_owned());
    }
    Ok(Value::object(Certificate { cert, key }))
}
