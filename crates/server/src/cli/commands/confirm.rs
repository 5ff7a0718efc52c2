//! Asks before what cannot be undone: on a terminal the operator types a word; a script passes `--yes`.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::bail;

use crate::cli::BadArguments;

/// How much a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Without a terminal, `--yes` must be there.
    Always,
    /// Asks on a terminal only. For commands that scripts run without `--yes`.
    OnTerminal,
}

/// Returns if the operator agrees.
pub(crate) fn confirm(yes: bool, need: Need, word: &str, question: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        return match need {
            Need::OnTerminal => Ok(()),
            Need::Always => Err(BadArguments(format!("{question} Pass --yes to do it.")).into()),
        };
    }
    let mut screen = std::io::stderr();
    write!(screen, "{question} Type {word} to do it: ")?;
    screen.flush()?;
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    if line.trim() != word {
        bail!("nothing was done");
    }
    Ok(())
}
