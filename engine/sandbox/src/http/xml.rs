//! Writing the XML that the query and S3 protocols answer. It reads none.

use axum::body::Body;
use axum::response::Response;
use serde_json::Value;

use super::reply;
use crate::AwsError;

/// A document in the making.
#[derive(Debug)]
pub(super) struct Xml(String);

impl Xml {
    /// An empty document.
    pub(super) fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    /// `<name>`
    pub(super) fn open(&mut self, name: &str) -> &mut Self {
        self.0.push_str(&format!("<{name}>"));
        self
    }

    /// `<name attribute="value">`
    pub(super) fn open_with(&mut self, name: &str, attribute: &str, value: &str) -> &mut Self {
        self.0.push_str(&format!("<{name} {attribute}=\"{}\">", escape(value)));
        self
    }

    /// `</name>`
    pub(super) fn close(&mut self, name: &str) -> &mut Self {
        self.0.push_str(&format!("</{name}>"));
        self
    }

    /// `<name>text</name>`
    pub(super) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(text)));
        self
    }

    /// A JSON value; an object becomes nested elements, a list becomes `member` elements.
    pub(super) fn value(&mut self, name: &str, value: &Value) -> &mut Self {
        match value {
            Value::Null => self,
            Value::Bool(flag) => self.text(name, if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text(name, &number.to_string()),
            Value::String(text) => self.text(name, text),
            Value::Array(items) => {
                self.open(name);
                for item in items {
                    self.value("member", item);
                }
                self.close(name)
            }
            Value::Object(members) => {
                self.open(name);
                for (key, value) in members {
                    self.value(key, value);
                }
                self.close(name)
            }
        }
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// An error of the query protocol.
pub(super) fn query_error(error: &AwsError) -> Response {
    let mut xml = Xml::new();
    xml.open_with("ErrorResponse", "xmlns", "https://sts.amazonaws.com/doc/2011-06-15/").open("Error");
    xml.text("Type", if error.status < 500 { "Sender" } else { "Receiver" });
    xml.text("Code", error.code.trim_end_matches("Exception")).text("Message", &error.message);
    xml.close("Error").text("RequestId", &uuid::Uuid::new_v4().to_string()).close("ErrorResponse");
    reply(error.status, "text/xml", Body::from(xml.finish()))
}

/// An error of S3.
pub(super) fn s3_error(error: &AwsError) -> Response {
    let mut xml = Xml::new();
    xml.open("Error").text("Code", &error.code).text("Message", &error.message);
    xml.text("RequestId", &uuid::Uuid::new_v4().to_string()).close("Error");
    reply(error.status, "application/xml", Body::from(xml.finish()))
}

/// Text as XML 1.0 can hold it: control characters that it forbids are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn escapes_what_xml_cannot_hold() {
        assert_eq!(escape("a<b>&\"\u{1}\n"), "a&lt;b&gt;&amp;&quot;\u{fffd}&#10;");
    }
}
