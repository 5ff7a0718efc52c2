//! A filter on the values of one attribute, made ready to be compared with many of them: checked, its literals folded,
//! and each part of a value folded once, however many terms ask for it.

use serde_json::Value;
use vestibule_core::fold::is_empty;

use super::{
    Filter, Literal, Op,
    check::{check_element, part},
    compare::Operand,
};
use crate::{budget::Budget, error::Rejection, schema::Attribute};

/// The filter of a PATCH path.
pub struct ElementFilter<'a> {
    attribute: &'a Attribute,
    /// The parts that its terms name, each once.
    parts: Vec<&'a Attribute>,
    root: Node,
    terms: u64,
}

enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(usize),
    Compare { part: usize, op: Op, literal: Literal },
}

impl<'a> ElementFilter<'a> {
    /// # Errors
    /// `invalidFilter`, as `check_element`.
    pub fn new(filter: &Filter, attribute: &'a Attribute) -> Result<Self, Rejection> {
        check_element(filter, attribute)?;
        let mut ready = Self { attribute, parts: Vec::new(), root: Node::And(Vec::new()), terms: 0 };
        ready.root = ready.node(filter)?;
        Ok(ready)
    }

    /// How many terms one value is compared with at most.
    pub fn terms(&self) -> u64 {
        self.terms
    }

    /// Whether one value satisfies it. Means what [`super::element_matches`] means.
    pub fn matches(&self, element: &Value, budget: &Budget) -> bool {
        let operands: Vec<Option<Operand<'_>>> = self
            .parts
            .iter()
            .map(|part| {
                let value = match self.attribute.is_complex() {
                    true => element.get(part.name.as_ref()),
                    false => Some(element),
                };
                value.filter(|value| !is_empty(value)).map(|value| Operand::of(part, value))
            })
            .collect();
        self.holds(&self.root, &operands, budget)
    }

    fn holds(&self, node: &Node, operands: &[Option<Operand<'_>>], budget: &Budget) -> bool {
        match node {
            Node::And(parts) => parts.iter().all(|part| self.holds(part, operands, budget)),
            Node::Or(parts) => parts.iter().any(|part| self.holds(part, operands, budget)),
            Node::Not(inner) => !self.holds(inner, operands, budget),
            Node::Present(part) => {
                budget.count_comparison();
                operand(operands, *part).is_some()
            }
            Node::Compare { part, op, literal } => {
                budget.count_comparison();
                match (operand(operands, *part), literal) {
                    (there, Literal::Null) => (*op == Op::Eq) == there.is_none(),
                    (None, _) => *op == Op::Ne,
                    (Some(operand), literal) => self
                        .parts
                        .get(*part)
                        .is_some_and(|attribute| operand.compare(attribute, *op, literal)),
                }
            }
        }
    }

    fn node(&mut self, filter: &Filter) -> Result<Node, Rejection> {
        Ok(match filter {
            Filter::And(parts) => Node::And(self.nodes(parts)?),
            Filter::Or(parts) => Node::Or(self.nodes(parts)?),
            Filter::Not(inner) => Node::Not(Box::new(self.node(inner)?)),
            Filter::Present(attr) => Node::Present(self.index(part(attr, self.attribute))?),
            Filter::Compare { attr, op, value } => Node::Compare {
                part: self.index(part(attr, self.attribute))?,
                op: *op,
                literal: value.clone(),
            },
            Filter::ValuePath { .. } => return Err(unchecked()),
        })
    }

    fn nodes(&mut self, parts: &[Filter]) -> Result<Vec<Node>, Rejection> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn index(&mut self, part: Option<&'a Attribute>) -> Result<usize, Rejection> {
        let part = part.ok_or_else(unchecked)?;
        self.terms += 1;
        let known = self.parts.iter().position(|known| known.name == part.name);
        Ok(known.unwrap_or_else(|| {
            self.parts.push(part);
            self.parts.len() - 1
        }))
    }
}

fn operand<'a, 'b>(operands: &'a [Option<Operand<'b>>], part: usize) -> Option<&'a Operand<'b>> {
    operands.get(part).and_then(Option::as_ref)
}

/// What `check_element` refuses already.
fn unchecked() -> Rejection {
    Rejection::filter("the filter does not fit the attribute")
}
