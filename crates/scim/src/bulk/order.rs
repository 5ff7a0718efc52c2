//! The order of bulk operations: that of the request, but each operation after those that it refers to. Pure.

use std::collections::{BTreeSet, HashMap};

use super::request::Operation;

/// One operation to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Position in the request.
    pub index: usize,
    /// Whether its references are circular, which RFC 7644 §3.7.1 answers with 409.
    pub circular: bool,
}

/// Orders the operations. A reference that matches no operation of the request is ignored here; it is refused when the
/// operation runs.
pub(super) fn of(operations: &[Operation]) -> Vec<Step> {
    let by_bulk_id: HashMap<&str, usize> = operations
        .iter()
        .enumerate()
        .filter_map(|(index, operation)| Some((operation.bulk_id.as_deref()?, index)))
        .collect();
    let needs: Vec<Vec<usize>> = operations
        .iter()
        .map(|operation| {
            operation.needs().iter().filter_map(|id| by_bulk_id.get(id.as_str()).copied()).collect()
        })
        .collect();
    // Kahn's algorithm: linear in the number of references.
    let mut unmet: Vec<usize> = vec![0; operations.len()];
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    for (index, needs) in needs.iter().enumerate() {
        for needed in needs {
            if let (Some(unmet), Some(needed_by)) = (unmet.get_mut(index), needed_by.get_mut(*needed)) {
                *unmet += 1;
                needed_by.push(index);
            }
        }
    }
    let is_ready = |index: &usize| unmet.get(*index) == Some(&0);
    let mut ready: BTreeSet<usize> = (0..operations.len()).filter(is_ready).collect();
    let mut done = vec![false; operations.len()];
    let mut steps: Vec<Step> = Vec::with_capacity(operations.len());
    let mut last = 0;
    // Takes the next ready operation in the order of the request; after the last one it starts again from the first.
    while let Some(index) = ready.range(last..).next().or(ready.first()).copied() {
        ready.remove(&index);
        last = index;
        if let Some(done) = done.get_mut(index) {
            *done = true;
        }
        steps.push(Step { index, circular: false });
        for waiting in needed_by.get(index).into_iter().flatten() {
            if let Some(unmet) = unmet.get_mut(*waiting) {
                *unmet -= 1;
                if *unmet == 0 {
                    ready.insert(*waiting);
                }
            }
        }
    }
    let circular = (0..operations.len()).filter(|index| done.get(*index) == Some(&false));
    steps.extend(circular.map(|index| Step { index, circular: true }));
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
    fn referenced_operations_come_first() {
        assert_eq!(order(&[("a", "x"), ("b", "bulkId:a")]), [(0, false), (1, false)]);
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:c"), ("c", "x")]),
            [(2, false), (1, false), (0, false)]
        );
        assert_eq!(order(&[("a", "bulkId:nobody")]), [(0, false)], "refused when it runs");
    }

    #[test]
    fn a_reversed_chain_is_run_from_its_end() {
        let names: Vec<String> = (0..1000).map(|number| format!("b{number}")).collect();
        let refers: Vec<String> = (1..=1000).map(|number| format!("bulkId:b{number}")).collect();
        let operations: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(refers.iter().map(String::as_str)).collect();
        assert_eq!(order(&operations), (0..1000).rev().map(|index| (index, false)).collect::<Vec<_>>());
    }

    #[test]
    fn a_circle_is_found() {
        assert_eq!(
            order(&[("a", "bulkId:b"), ("b", "bulkId:a"), ("c", "x")]),
            [(2, false), (0, true), (1, true)]
        );
        assert_eq!(order(&[("a", "bulkId:a")]), [(0, true)]);
    }
}
