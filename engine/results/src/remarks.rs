//! The first few of many remarks, and how many there were. Never grows with its input.

use crate::fault::limits;

/// The first few of many remarks, and how many there are.
#[derive(Default)]
pub(crate) struct Remarks {
    pub(crate) kept: Vec<String>,
    pub(crate) count: usize,
}

impl Remarks {
    pub(crate) fn add(&mut self, remark: String) {
        self.count += 1;
        if self.kept.len() < limits::REMARKS {
            self.kept.push(remark);
        }
    }

    pub(crate) fn extend(&mut self, remark: Option<String>) {
        remark.into_iter().for_each(|remark| self.add(remark));
    }

    /// How many there are of what, and the first of them; `None` when there is none.
    pub(crate) fn note(&self, what: &str) -> Option<String> {
        (self.count > 0).then(|| format!("{what}: {} ({})", self.count, self.sample()))
    }

    /// The first three.
    fn sample(&self) -> String {
        let shown = self.kept.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.count > 3 { format!("{shown}, …") } else { shown }
    }

    pub(crate) fn into_lines(mut self) -> Vec<String> {
        if self.count > self.kept.len() {
            self.kept.push(format!("and {} more faults like these", self.count - self.kept.len()));
        }
        self.kept
    }
}
