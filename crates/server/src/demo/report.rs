//! Report of the story's steps. Each has one line with the request, the response and whether it was as expected.

use serde_json::{Value, json};
use vestibule_simulator::{Exchange, Failure};

/// The steps so far. JSON is printed once at the end, text after each step.
pub(crate) struct Report {
    json: bool,
    lines: Vec<Value>,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, lines: Vec::new() }
    }

    /// Begins a chapter.
    #[expect(clippy::print_stdout, reason = "the report goes to the terminal")]
    pub(crate) fn chapter(&self, title: &str) {
        if !self.json {
            println!("\n{title}");
        }
    }

    /// Reports a step that passed.
    #[expect(clippy::print_stdout, reason = "the report goes to the terminal")]
    pub(crate) fn done(&mut self, step: &str, what: &str) {
        if !self.json {
            println!("  ✓ {step:<34} {what}");
        }
        self.lines.push(line(step, what, true));
    }

    /// Reports the exchanges of a step.
    pub(crate) fn exchanged(&mut self, step: &str, exchanges: &[Exchange]) {
        for exchange in exchanges {
            let what = format!(
                "{} {} {} → {} {}",
                exchange.method,
                place(&exchange.url),
                exchange.sent,
                exchange.status,
                exchange.received
            );
            self.done(step, &what);
        }
    }

    /// Reports the exchanges of a step, or fails with its failure.
    pub(crate) fn outcome(
        &mut self,
        step: &str,
        outcome: Result<Vec<Exchange>, Failure>,
    ) -> anyhow::Result<Vec<Exchange>> {
        match outcome {
            Ok(exchanges) => {
                self.exchanged(step, &exchanges);
                Ok(exchanges)
            }
            Err(failure) => {
                self.exchanged(step, &failure.exchanges);
                anyhow::bail!("{step}: {}", failure.sentence)
            }
        }
    }

    /// Reports a step if `holds`, otherwise fails.
    pub(crate) fn expect(&mut self, step: &str, holds: bool, what: &str) -> anyhow::Result<()> {
        if holds {
            self.done(step, what);
            Ok(())
        } else {
            anyhow::bail!("{step}: not so: {what}")
        }
    }

    /// Prints the outcome of all steps on this database.
    ///
    /// # Errors
    /// The failure of a step.
    #[expect(clippy::print_stdout, reason = "the report goes to the terminal")]
    pub(crate) fn finish(mut self, outcome: anyhow::Result<()>, database: &str) -> anyhow::Result<Value> {
        let steps = self.lines.len();
        if let Err(error) = outcome {
            if self.json {
                self.lines.push(line("failed", &format!("{error:#}"), false));
                println!("{}", json!({ "ok": false, "database": database, "steps": self.lines }));
            } else {
                println!("  ✗ {error:#}");
            }
            return Err(error.context(format!("the story broke off after {steps} steps on {database}")));
        }
        if self.json {
            return Ok(json!({ "ok": true, "database": database, "steps": self.lines }));
        }
        println!("\nThe story went as it must: {steps} steps on {database}.");
        Ok(Value::Null)
    }
}

/// A step as JSON.
fn line(step: &str, what: &str, ok: bool) -> Value {
    json!({ "step": step, "what": what, "ok": ok })
}

/// The path with its query decoded and ids cut short, for people to read.
fn place(url: &str) -> String {
    let path = url.find("/api/").and_then(|at| url.get(at..)).unwrap_or(url);
    let readable = path.replace("%20", " ").replace("%22", "\"").replace("%40", "@");
    let shorten = |part: &str| match part.get(..36).zip(part.get(36..)) {
        Some((id, rest)) if id.matches('-').count() == 4 && (rest.is_empty() || rest.starts_with('?')) => {
            format!("{}…{rest}", id.get(..8).unwrap_or_default())
        }
        _ => part.to_owned(),
    };
    readable.split('/').map(shorten).collect::<Vec<_>>().join("/")
}
