//! The verifier from outside: legal responses in every shape, each refusal, and the attacks that other verifiers fell for.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod attacks;
mod encrypted;
mod logout;
mod mutations;
mod refused;
mod support;
