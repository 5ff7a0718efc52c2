//! Tests of the verifier's public API: valid responses in every form, each refusal, and attacks that worked against other verifiers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod attacks;
mod encrypted;
mod logout;
mod mutations;
mod refused;
mod support;
