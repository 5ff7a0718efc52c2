//! A list that a page cuts: its first rows, and how many rows there are. A person may have any number of sessions
//! and tokens; a page has a limit.

/// How many rows a page shows.
const MOST: usize = 50;

/// The first rows of a list.
pub(crate) struct ShortList<Row> {
    pub rows: Vec<Row>,
    pub total: usize,
}

impl<Row> ShortList<Row> {
    /// Makes rows of the first items.
    pub(crate) fn of<Item>(items: Vec<Item>, row: impl Fn(Item) -> Row) -> Self {
        let total = items.len();
        Self { rows: items.into_iter().take(MOST).map(row).collect(), total }
    }

    /// How many items have no row.
    pub(crate) fn more(&self) -> usize {
        self.total - self.rows.len()
    }
}

impl<Row> Default for ShortList<Row> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::ShortList;

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let list = |length: usize| ShortList::of(vec![(); length], |()| ());
        for (length, rows, more) in [(0, 0, 0), (50, 50, 0), (51, 50, 1), (300, 50, 250)] {
            assert_eq!((list(length).rows.len(), list(length).more()), (rows, more), "{length}");
        }
    }
}
