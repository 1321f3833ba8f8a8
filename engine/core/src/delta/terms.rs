//! A condition as what it says, however it is written: one of several lists of facts that must all hold. Order, nesting,
//! doubled `not` and a list in place of an `any` leave no trace. It reads no pull request.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::matching::{Globs, TitleForm};
use crate::policy::Condition;

/// Most lists that a condition may come to, and most facts that they may name together: nobody writes more, and each is held
/// against each.
const MOST: usize = 1_000;

/// One fact of a pull request that a condition asks for, or the lack of it.
pub(super) struct Literal<'c> {
    asks: Asks<'c>,
    holds: bool,
}

enum Asks<'c> {
    /// Some changed file matches this glob (`None`: whatever it is) and none of the others.
    Path(Option<&'c str>, Rc<BTreeSet<&'c str>>),
    Source(&'c str),
    Destination(&'c str),
    Title(TitleForm),
    Author(&'c str),
}

/// A condition without lists of globs, and with `not` only at single facts.
enum Formula<'c> {
    One(Literal<'c>),
    All(Vec<Formula<'c>>),
    Any(Vec<Formula<'c>>),
}

/// Whether `narrow` can only hold where `wide` does, and can only be unknown where that one is not ruled out; `None` where
/// one of them is too large to tell.
pub(super) fn within(narrow: &Condition, wide: &Condition) -> Option<bool> {
    let (narrow, wide) = (formula(narrow, true), formula(wide, true));
    let (narrow, wide) = (terms(&narrow)?, terms(&wide)?);
    let covers = |term: &[&Literal<'_>], wider: &[&Literal<'_>]| {
        wider.iter().all(|wanted| term.iter().any(|literal| literal.implies(wanted)))
    };
    Some(narrow.iter().all(|term| wide.iter().any(|wider| covers(term, wider))))
}

fn formula<'c>(condition: &'c Condition, holds: bool) -> Formula<'c> {
    let members = |list: &'c [Condition]| list.iter().map(|member| formula(member, holds)).collect();
    match (condition, holds) {
        (Condition::All(list), true) | (Condition::Any(list), false) => Formula::All(members(list)),
        (Condition::Any(list), true) | (Condition::All(list), false) => Formula::Any(members(list)),
        (Condition::Not(member), _) => formula(member, !holds),
        (Condition::Paths(globs), _) => {
            let (adds, takes) = split(globs);
            let takes = Rc::new(takes);
            alternatives(adds.into_iter().map(|add| Asks::Path(add, Rc::clone(&takes))), holds)
        }
        (Condition::Source(globs), _) => value(globs, Asks::Source, holds),
        (Condition::Destination(globs), _) => value(globs, Asks::Destination, holds),
        (Condition::Title(forms), _) => alternatives(forms.iter().map(|form| Asks::Title(form.folded())), holds),
        (Condition::Author(globs), _) => alternatives(globs.written().iter().map(|glob| Asks::Author(glob)), holds),
    }
}

fn one<'c>(asks: Asks<'c>, holds: bool) -> Formula<'c> {
    Formula::One(Literal { asks, holds })
}

fn alternatives<'c>(list: impl Iterator<Item = Asks<'c>>, holds: bool) -> Formula<'c> {
    let list = list.map(|asks| one(asks, holds)).collect();
    if holds { Formula::Any(list) } else { Formula::All(list) }
}

/// The globs that add (`None` is everything), and those that take away, each once.
fn split(globs: &Globs) -> (BTreeSet<Option<&str>>, BTreeSet<&str>) {
    let written = globs.written();
    let (mut adds, mut takes) = (BTreeSet::new(), BTreeSet::new());
    for glob in written {
        match glob.strip_prefix('!') {
            Some(glob) => takes.insert(glob),
            None => adds.insert((glob != "**").then_some(glob.as_str())),
        };
    }
    if adds.is_empty() && !written.is_empty() {
        adds.insert(None);
    }
    (adds, takes)
}

/// A single value, which matches one of the globs that add and none of those that take away.
fn value<'c>(globs: &'c Globs, asks: fn(&'c str) -> Asks<'c>, holds: bool) -> Formula<'c> {
    let (adds, takes) = split(globs);
    let adds = adds.into_iter().map(|add| match add {
        Some(add) => one(asks(add), holds),
        None if holds => Formula::All(Vec::new()),
        None => Formula::Any(Vec::new()),
    });
    let adds = if holds { Formula::Any(adds.collect()) } else { Formula::All(adds.collect()) };
    let both: Vec<Formula<'c>> =
        [adds].into_iter().chain(takes.into_iter().map(|glob| one(asks(glob), !holds))).collect();
    if holds { Formula::All(both) } else { Formula::Any(both) }
}

/// The lists; `None` where they are too many to tell. None is made that would be.
fn terms<'f, 'c>(formula: &'f Formula<'c>) -> Option<Vec<Vec<&'f Literal<'c>>>> {
    let fits = |lists: usize, facts: usize| (lists <= MOST && facts <= MOST).then_some(());
    let mut found = Vec::new();
    match formula {
        Formula::One(literal) => found.push(vec![literal]),
        Formula::Any(members) => {
            for member in members {
                found.extend(terms(member)?);
                fits(found.len(), facts(&found))?;
            }
        }
        Formula::All(members) => {
            found.push(Vec::new());
            for member in members {
                let more = terms(member)?;
                fits(found.len() * more.len(), found.len() * facts(&more) + more.len() * facts(&found))?;
                found = found.iter().flat_map(|term| more.iter().map(|more| [&term[..], more].concat())).collect();
            }
        }
    }
    Some(found)
}

fn facts(terms: &[Vec<&Literal<'_>>]) -> usize {
    terms.iter().map(Vec::len).sum()
}

impl Literal<'_> {
    fn implies(&self, other: &Self) -> bool {
        match (self.holds, other.holds) {
            (true, true) => self.asks.implies(&other.asks),
            (false, false) => other.asks.implies(&self.asks),
            (true, false) | (false, true) => false,
        }
    }
}

impl Asks<'_> {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(add, takes), Self::Path(wide, wide_takes)) => {
                (wide.is_none() || add == wide) && wide_takes.is_subset(takes)
            }
            (Self::Source(glob), Self::Source(wide)) | (Self::Destination(glob), Self::Destination(wide)) => {
                glob == wide
            }
            (Self::Title(form), Self::Title(wide)) => form.implies(wide),
            (Self::Author(glob), Self::Author(wide)) => glob == wide,
            (Self::Path(..) | Self::Source(_) | Self::Destination(_) | Self::Title(_) | Self::Author(_), _) => false,
        }
    }
}
