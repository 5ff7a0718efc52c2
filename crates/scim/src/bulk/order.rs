//! In which order operations can be done: as they stand, but each after those whose resources it refers to. Pure.

use std::collections::{BTreeSet, HashMap};

use super::request::Operation;

/// One operation to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Which.
    pub index: usize,
    /// Whether what it needs needs it in turn: RFC 7644 §3.7.1 has such an operation answered 409.
    pub circular: bool,
}

/// The steps. A reference to an operation that isn't there stays in place, to be refused when its turn comes.
pub(super) fn of(operations: &[Operation]) -> Vec<Step> {
    let named: HashMap<&str, usize> = operations
        .iter()
        .enumerate()
        .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)))
        .collect();
    let needs: Vec<Vec<usize>> = operations
        .iter()
        .map(|operation| operation.needs().iter().filter_map(|id| named.get(id.as_str()).copied()).collect())
        .collect();
    // How many of its needs are not done yet, and who needs it: each reference is followed once, however long the chains.
    let mut open: Vec<usize> = vec![0; operations.len()];
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    for (index, needs) in needs.iter().enumerate() {
        for needed in needs {
            if let (Some(open), Some(needed_by)) = (open.get_mut(index), needed_by.get_mut(*needed)) {
                *open += 1;
                needed_by.push(index);
            }
        }
    }
    let is_ready = |index: &usize| open.get(*index) == Some(&0);
    let mut ready: BTreeSet<usize> = (0..operations.len()).filter(is_ready).collect();
    let mut done = vec![false; operations.len()];
    let mut steps: Vec<Step> = Vec::with_capacity(operations.len());
    let mut last = 0;
    // In the order of the request as far as it goes, then from its beginning again.
    while let Some(index) = ready.range(last..).next().or(ready.first()).copied() {
        ready.remove(&index);
        last = index;
        if let Some(done) = done.get_mut(index) {
            *done = true;
        }
        steps.push(Step { index, circular: false });
        for waiting in needed_by.get(index).into_iter().flatten() {
            if let Some(open) = open.get_mut(*waiting) {
                *open -= 1;
                if *open == 0 {
                    ready.insert(*waiting);
                }
            }
        }
    }
    let left = (0..operations.len()).filter(|index| done.get(*index) == Some(&false));
    steps.extend(left.map(|index| Step { index, circular: true }));
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bulk::request::Request;

    fn order(operations: &[(&str, &str)]) -> Vec<(usize, bool)> {
        let operations: Vec<_> = operations
            .iter()
            .map(|(bulk_id, refers)| {
                let data = json!({ "members": [{ "value": refers }] });
                json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
            })
            .collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": operations,
        });
        of(&Request::parse(&body).unwrap().operations)
            .iter()
            .map(|step| (step.index, step.circular))
            .collect()
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        assert_eq!(order(&[("a", "x"), ("b", "bulkId:a")]), [(0, false), (1, false)]);
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:c"), ("c", "x")]),
            [(2, false), (1, false), (0, false)]
        );
        assert_eq!(order(&[("a", "bulkId:nobody")]), [(0, false)], "refused when its turn comes");
    }

    #[test]
    fn a_chain_that_stands_backwards_is_done_from_its_end() {
        let names: Vec<String> = (0..1000).map(|number| format!("b{number}")).collect();
        let refers: Vec<String> = (1..=1000).map(|number| format!("bulkId:b{number}")).collect();
        let operations: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(refers.iter().map(String::as_str)).collect();
        assert_eq!(order(&operations), (0..1000).rev().map(|index| (index, false)).collect::<Vec<_>>());
    }

    #[test]
    fn a_circle_is_seen() {
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:a"), ("c", "x")]),
            [(2, false), (0, true), (1, true)]
        );
        assert_eq!(order(&[("a", "bulkId:a")]), [(0, true)]);
    }
}
