//! A list as pages show it: the first lines of it, and how many there are. What somebody is signed in with has no bound; a page
//! has one.

/// How many lines stand on the page.
const MOST: usize = 50;

/// The lines that are shown of a list.
pub(crate) struct Shown<Row> {
    pub rows: Vec<Row>,
    pub total: usize,
}

impl<Row> Shown<Row> {
    /// The first of these, as rows.
    pub(crate) fn of<Item>(list: Vec<Item>, row: impl Fn(Item) -> Row) -> Self {
        let total = list.len();
        Self { rows: list.into_iter().take(MOST).map(row).collect(), total }
    }

    /// How many are not shown.
    pub(crate) fn more(&self) -> usize {
        self.total - self.rows.len()
    }
}

impl<Row> Default for Shown<Row> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let shown = |length: usize| Shown::of(vec![(); length], |()| ());
        for (length, rows, more) in [(0, 0, 0), (50, 50, 0), (51, 50, 1), (300, 50, 250)] {
            assert_eq!((shown(length).rows.len(), shown(length).more()), (rows, more), "{length}");
        }
    }
}
