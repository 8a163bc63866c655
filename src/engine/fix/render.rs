//! Constants as text of each language.

use crate::Constant;

/// As an HCL expression.
pub(super) fn hcl(constant: &Constant) -> Option<String> {
    let value = hcl_value(constant)?;
    let mut out = Vec::new();
    let mut formatter = hcl::format::Formatter::builder().compact_arrays(true).build(&mut out);
    hcl::format::Format::format(&value, &mut formatter).ok()?;
    String::from_utf8(out).ok()
}

fn hcl_value(constant: &Constant) -> Option<hcl::Expression> {
    Some(match constant {
        Constant::Bool(value) => hcl::Expression::Bool(*value),
        Constant::Number(number) => match number.as_i64() {
            Some(whole) => hcl::Expression::Number(whole.into()),
            None => hcl::Expression::Number(hcl::Number::from_f64(number.as_f64())?),
        },
        Constant::Text(text) => hcl::Expression::String(text.to_string()),
        Constant::List(entries) => hcl::Expression::Array(entries.iter().map(hcl_value).collect::<Option<_>>()?),
        Constant::Absent | Constant::Empty => return None,
    })
}

/// As a YAML scalar or flow sequence, quoted where a plain one would be read as something else.
pub(super) fn yaml(constant: &Constant) -> Option<String> {
    Some(match constant {
        Constant::Text(text) => yaml_text(text)?,
        Constant::List(entries) => {
            let entries: Vec<String> = entries.iter().map(yaml).collect::<Option<_>>()?;
            format!("[{}]", entries.join(", "))
        }
        Constant::Bool(_) | Constant::Number(_) => constant.as_text()?.to_string(),
        Constant::Absent | Constant::Empty => return None,
    })
}

fn yaml_text(text: &str) -> Option<String> {
    // YAML 1.1 has more booleans than the writer knows.
    let old_boolean = ["y", "n", "yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if old_boolean || text.contains([',', '[', ']', '{', '}']) {
        return (!text.contains('\n')).then(|| format!("'{}'", text.replace('\'', "''")));
    }
    let written = serde_yaml::to_string(text).ok()?;
    let written = written.trim_end();
    (!written.contains('\n')).then(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        let text = |text: &str| Constant::Text(text.into());
        assert_eq!(hcl(&text("a\"${b}")).as_deref(), Some(r#""a\"$${b}""#));
        assert_eq!(hcl(&Constant::List(vec![text("a"), Constant::Bool(true)])).as_deref(), Some(r#"["a", true]"#));
        assert_eq!(yaml(&text("no")).as_deref(), Some("'no'"));
        assert_eq!(yaml(&text("0640")).as_deref(), Some("'0640'"));
        assert_eq!(yaml(&text("https")).as_deref(), Some("https"));
        assert_eq!(yaml(&text("true")).as_deref(), Some("'true'"));
        assert_eq!(yaml(&Constant::List(vec![text("ALL")])).as_deref(), Some("[ALL]"));
        assert_eq!(yaml(&Constant::Absent), None);
    }
}
