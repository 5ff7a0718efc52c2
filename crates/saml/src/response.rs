//! Verification of responses (Core §3.2.2, Profiles §4.1.4): one list of named checks, each with its citation. The report serves
//! sign-in and test sign-in.

mod assertion;
mod report;

pub use assertion::{Assertion, Attribute, NameId};
pub use openssl::pkey::{PKey, Private};
pub use report::{Check, Expected, Report, Verdict};
