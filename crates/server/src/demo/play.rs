//! Plays the story and prints it: each step with what was sent and what came back, in a line, and whether it was right.

use serde_json::{Value, json};
use vestibule_simulator::{Exchange, Failure};

use super::{line, seed::Stage, story};

/// What the steps tell.
pub(crate) struct Teller {
    json: bool,
    lines: Vec<Value>,
}

impl Teller {
    /// A heading.
    #[expect(clippy::print_stdout, reason = "the story is told on the terminal")]
    pub(crate) fn chapter(&self, title: &str) {
        if !self.json {
            println!("\n{title}");
        }
    }

    /// A step that was right.
    #[expect(clippy::print_stdout, reason = "the story is told on the terminal")]
    pub(crate) fn done(&mut self, step: &str, what: &str) {
        if !self.json {
            println!("  ✓ {step:<34} {what}");
        }
        self.lines.push(line(step, what, true));
    }

    /// The exchanges of a step.
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

    /// A step's outcome: its exchanges, or its failure.
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

    /// Holds the story to what must be true.
    pub(crate) fn expect(&mut self, step: &str, holds: bool, what: &str) -> anyhow::Result<()> {
        if holds {
            self.done(step, what);
            Ok(())
        } else {
            anyhow::bail!("{step}: not so: {what}")
        }
    }
}

/// The path with its query readable, ids cut short: the story is read by people.
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

/// Plays the whole story.
///
/// # Errors
/// The first step that went otherwise than it must.
#[expect(clippy::print_stdout, reason = "the story is told on the terminal")]
pub(crate) async fn play(stage: &Stage, json: bool) -> anyhow::Result<Value> {
    let mut teller = Teller { json, lines: Vec::new() };
    let played = story::tell(stage, &mut teller).await;
    let steps = teller.lines.len();
    let database = stage.state.database().backend();
    if let Err(error) = played {
        if json {
            teller.lines.push(line("failed", &format!("{error:#}"), false));
            println!("{}", json!({ "ok": false, "database": database, "steps": teller.lines }));
        } else {
            println!("  ✗ {error:#}");
        }
        return Err(error.context(format!("the story broke off after {steps} steps on {database}")));
    }
    if json {
        return Ok(json!({ "ok": true, "database": database, "steps": teller.lines }));
    }
    println!("\nThe story went as it must: {steps} steps on {database}.");
    Ok(Value::Null)
}
