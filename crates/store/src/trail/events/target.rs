//! The target of an event, in its stored form.

use std::fmt::{Display, Formatter, Result};

/// Target of an event. Contains ids, never names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The workspace.
    Workspace,
    /// The connection of the workspace to its identity provider.
    Connection,
    /// A user.
    User(&'a str),
    /// A group.
    Group(&'a str),
    /// An OAuth client.
    Client(&'a str),
    /// A grant.
    Grant(&'a str),
    /// A webhook.
    Webhook(&'a str),
}

impl Display for Target<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Workspace => formatter.write_str("workspace"),
            Self::Connection => formatter.write_str("connection"),
            Self::User(id) => write!(formatter, "user:{id}"),
            Self::Group(id) => write!(formatter, "group:{id}"),
            Self::Client(id) => write!(formatter, "client:{id}"),
            Self::Grant(id) => write!(formatter, "grant:{id}"),
            Self::Webhook(id) => write!(formatter, "webhook:{id}"),
        }
    }
}

/// For actors, because users cause events, too.
impl From<Target<'_>> for String {
    fn from(target: Target<'_>) -> Self {
        target.to_string()
    }
}

/// Targets that a kind of event may have, for its documentation. `{id}` is a placeholder for an id.
pub type Targets = &'static [Target<'static>];

/// Placeholder for an id.
const ID: &str = "{id}";

pub(super) const WORKSPACE: Target<'static> = Target::Workspace;
pub(super) const CONNECTION: Target<'static> = Target::Connection;
pub(super) const USER: Target<'static> = Target::User(ID);
pub(super) const GROUP: Target<'static> = Target::Group(ID);
pub(super) const CLIENT: Target<'static> = Target::Client(ID);
pub(super) const GRANT: Target<'static> = Target::Grant(ID);
pub(super) const WEBHOOK: Target<'static> = Target::Webhook(ID);
