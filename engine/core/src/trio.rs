//! One thing as the three layers have it. The macro binds every key of a struct by name and does not compile when the
//! struct gains one that is not listed.

use crate::decision::LayerName;

/// What floor, destination and source say; `None` is a layer that says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trio<T> {
    pub(crate) floor: Option<T>,
    pub(crate) destination: Option<T>,
    pub(crate) source: Option<T>,
}

impl<T> Trio<T> {
    /// The source's, else the destination's, else the floor's.
    pub(crate) fn newest(self) -> Option<T> {
        self.source.or(self.destination).or(self.floor)
    }

    /// The source's, else the destination's; what the floor writes is final.
    pub(crate) fn unless_floor(self) -> Option<T> {
        self.floor.or(self.source).or(self.destination)
    }

    /// What is said, with who says it: floor, destination, source.
    pub(crate) fn said(self) -> impl Iterator<Item = (LayerName, T)> {
        let named = |layer| move |value| (layer, value);
        let floor = self.floor.map(named(LayerName::Floor));
        let destination = self.destination.map(named(LayerName::Destination));
        floor.into_iter().chain(destination).chain(self.source.map(named(LayerName::Source)))
    }

    /// What is said, without who says it.
    pub(crate) fn values(self) -> impl Iterator<Item = T> {
        self.said().map(|(_, value)| value)
    }

    /// What each layer says of one key.
    pub(crate) fn key<U>(self, read: impl Fn(T) -> Option<U>) -> Trio<U> {
        Trio {
            floor: self.floor.and_then(&read),
            destination: self.destination.and_then(&read),
            source: self.source.and_then(&read),
        }
    }
}

impl<T: Copy + Ord> Trio<&T> {
    /// The highest of what is said.
    pub(crate) fn highest(self) -> Option<T> {
        self.values().copied().max()
    }

    /// The lowest of what is said.
    pub(crate) fn lowest(self) -> Option<T> {
        self.values().copied().min()
    }
}

/// `keys!(trio => Gate { fail_fast, ignore })` binds each optional key as a `Trio` of references; keys that are always
/// there stand in second braces.
macro_rules! keys {
    ($trio:expr => $type:ident { $($key:ident),+ $(,)? } $({ $($whole:ident),+ })?) => {
        $(let $key = $trio.key(|it| it.$key.as_ref());)+
        $($(let $whole = $trio.key(|it| Some(&it.$whole));)+)?
        // A new key of the language makes this pattern incomplete.
        let _every_key_is_listed = |$type { $($key: _,)+ $($($whole: _,)+)? }: &$type| ();
    };
}
pub(crate) use keys;
