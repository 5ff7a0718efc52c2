//! `vestibule delivery …`: messages to apps and webhooks: delivered, waiting and given up.

use anyhow::bail;
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};
use vestibule_admin::{self as admin, Actor};
use vestibule_core::{ids::WorkspaceId, sets::DeliveryState};
use vestibule_store::outbox::deliveries::{self, DeliveryFilter};
use vestibule_web::config::Config;

use crate::cli::commands::{open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Delivery {
    /// List deliveries, the newest first
    List {
        #[command(flatten)]
        chosen: Chosen,
        /// Only those in this state
        #[arg(long, value_parser = PossibleValuesParser::new(DeliveryState::TEXTS).try_map(|state| state.parse::<DeliveryState>()))]
        state: Option<DeliveryState>,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Replay deliveries: one by --id, unless it still waits, or every dead one of a workspace or receiver
    Replay {
        /// The delivery's id
        #[arg(long, value_name = "ID", conflicts_with_all = ["workspace", "to"])]
        id: Option<String>,
        #[command(flatten)]
        chosen: Chosen,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Only those of this workspace
    #[arg(long, value_name = "ID", value_parser = as_typed)]
    workspace: Option<WorkspaceId>,
    /// Only those to this client or webhook
    #[arg(long, value_name = "ID")]
    to: Option<String>,
}

impl Delivery {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Delivery::List { chosen, state, limit } => read(&database, |conn| {
                let which = DeliveryFilter { state: *state, ..chosen.which() };
                let list = deliveries::list(conn, &which, *limit)?;
                Ok(list.iter().map(admin::outbox::deliveries::describe).collect())
            }),
            Delivery::Replay { id, chosen } => {
                let which = match id {
                    Some(_) => DeliveryFilter { delivery_id: id.as_deref(), ..DeliveryFilter::default() },
                    None => DeliveryFilter { state: Some(DeliveryState::Dead), ..chosen.which() },
                };
                if id.is_none() && chosen.workspace.is_none() && chosen.to.is_none() {
                    bail!("give --id, --to or --workspace");
                }
                let replayed = write(&database, |conn| {
                    Ok(admin::outbox::deliveries::replay(conn, &Actor::cli(now), &which)?)
                })?;
                if id.is_some() && replayed == 0 {
                    bail!("there is no such delivery, or it still waits");
                }
                Ok(json!({ "replayed": replayed }))
            }
        }
    }
}

/// The id as it was typed. A text that is no id selects nothing.
fn as_typed(text: &str) -> Result<WorkspaceId, std::convert::Infallible> {
    Ok(WorkspaceId::from_stored(text))
}

impl Chosen {
    fn which(&self) -> DeliveryFilter<'_> {
        DeliveryFilter {
            workspace_id: self.workspace.as_ref(),
            target_id: self.to.as_deref(),
            ..DeliveryFilter::default()
        }
    }
}
