//! An answer in XML as a tree of elements, as the query protocol nests them. It follows no entities and knows no operation.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

/// An element; names are without prefixes.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    text: String,
    inner: Vec<Element>,
}

impl Element {
    /// The outermost element; `None` when the text is no whole document.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        // The first stands for the document itself.
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    open.push(Self { name: start.local_name().as_ref().to_owned(), ..Self::default() });
                }
                Event::End(_) => {
                    let closed = open.pop()?;
                    open.last_mut()?.inner.push(closed);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.into_inner()),
                Event::CData(text) => open.last_mut()?.text.push_str(&text.into_inner()),
                Event::GeneralRef(name) => open.last_mut()?.text.push_str(&unescape(&format!("&{};", &*name)).ok()?),
                Event::Eof => return if open.len() == 1 { open.pop()?.inner.pop() } else { None },
                Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
            }
        }
    }

    /// The element of this name in this one.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.inner.iter().find(|child| child.name == name)
    }

    /// The same, taken out of this one.
    pub(crate) fn take(&mut self, name: &str) -> Option<Self> {
        let at = self.inner.iter().position(|child| child.name == name)?;
        Some(self.inner.swap_remove(at))
    }

    /// The text of the element of this name in this one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The members of a list in this element; of a list that is not there, none.
    pub(crate) fn members(&self, list: &str) -> impl Iterator<Item = &Self> {
        self.child(list).into_iter().flat_map(|list| &list.inner).filter(|member| member.name == "member")
    }

    /// What this member of a list says, where its members are texts.
    pub(crate) fn own_text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn a_list_has_its_own_members_and_not_those_of_lists_inside() {
        let text = "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"> <L> <member><L><member>b</member></L><N>a&amp;b&#10;</N></member> \
                    <member/></L> </A>";
        let answer = Element::read(text).unwrap();
        let members: Vec<_> = answer.members("L").collect();
        assert_eq!(members.len(), 2);
        assert_eq!(members[0].text("N"), Some("a&b\n"));
        assert_eq!(members[0].members("L").map(Element::own_text).collect::<Vec<_>>(), ["b"]);
        assert_eq!((members[1].text("N"), members[1].members("L").count()), (None, 0));
    }

    #[test]
    fn what_is_cut_short_or_has_entities_of_its_own_is_no_answer() {
        for text in ["<A><B>", "<A>&own;</A>", "<A></B>", ""] {
            assert!(Element::read(text).is_none(), "{text}");
        }
    }
}
