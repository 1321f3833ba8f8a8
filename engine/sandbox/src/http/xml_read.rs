//! Reading the small XML documents that S3's clients send. It follows no entities and no references.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use crate::AwsError;

/// One element's texts, by the names of the elements that hold them.
pub(super) type Row = BTreeMap<String, String>;

/// The elements `name` below the outermost one: of `<Delete><Object><Key>a</Key></Object></Delete>`, the rows `Object`
/// are `[{Key: a}]`.
///
/// # Errors
/// `MalformedXML`
pub(super) fn rows(body: &[u8], name: &str) -> Result<Vec<Row>, AwsError> {
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        let text = match reader.read_event().map_err(|_| malformed())? {
            Event::Start(start) => {
                open.push(start.local_name().as_ref().to_owned());
                if open.len() == 2 && open[1] == name {
                    rows.push(Row::new());
                }
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Text(text) => text.into_inner().into_owned(),
            Event::CData(text) => text.into_inner().into_owned(),
            Event::GeneralRef(name) => unescape(&format!("&{};", &*name)).map_err(|_| malformed())?.into_owned(),
            Event::Eof => return if open.is_empty() { Ok(rows) } else { Err(malformed()) },
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => continue,
        };
        if let ([_, outer, field], Some(row)) = (open.as_slice(), rows.last_mut())
            && outer == name
        {
            row.entry(field.clone()).or_default().push_str(&text);
        }
    }
}

/// *Documented*: the code and the words.
pub(super) fn malformed() -> AwsError {
    let text = "The XML you provided was not well-formed or did not validate against our published schema";
    AwsError::client("MalformedXML", text)
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn reads_the_rows_of_a_document_with_their_texts_unescaped() {
        let text =
            b"<?xml version=\"1.0\"?>\n<Delete xmlns=\"x\"><Object><Key>a&amp;b&#10;</Key></Object><Quiet>true</Quiet>\
            <Object><Key/><VersionId>null</VersionId></Object></Delete>";
        let rows = rows(text, "Object").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["Key"], "a&b\n");
        assert_eq!(rows[1]["VersionId"], "null");
    }

    #[test]
    fn refuses_what_is_cut_short_or_has_entities_of_its_own() {
        for text in ["<Delete><Object>", "<a>&own;</a>", "\u{1}<a", "<a></b>"] {
            assert_eq!(rows(text.as_bytes(), "Object").unwrap_err().code, "MalformedXML", "{text}");
        }
    }
}
