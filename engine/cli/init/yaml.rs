//! Single values as YAML that every reader takes for the same text. It knows nothing of the language.

/// A value on one line: as it is when that is safe, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ./_=+@$-".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '/')
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"]
            .contains(&text.to_ascii_lowercase().as_str());
    if safe {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        return serde_json::Value::from(text).to_string(); // a JSON string is a YAML double-quoted one
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A command as an item of a list at `indent` spaces: on its line, or as a block when it has several.
pub(super) fn item(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let trimmed = text.trim_end_matches('\n');
    let block = trimmed.contains('\n')
        && !trimmed.starts_with([' ', '\n', '\t'])
        && !trimmed.chars().any(|c| c.is_control() && c != '\n');
    if !block {
        return format!("{pad}- {}\n", scalar(trimmed));
    }
    let lines: Vec<String> =
        trimmed.lines().map(|line| if line.is_empty() { String::new() } else { format!("{pad}  {line}") }).collect();
    format!("{pad}- |\n{}\n", lines.join("\n"))
}
