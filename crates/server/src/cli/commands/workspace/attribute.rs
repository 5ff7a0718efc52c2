//! `vestibule attribute …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_scim::users::custom_attributes::{
    self, Custom,
    change::{self, ChangeError},
};
use vestibule_scim_engine::schema::USER_URN;
use vestibule_store::trail::events::Cause;
use vestibule_web::config::Config;

use crate::cli::commands::{self, Sentence, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Attribute {
    /// List the attributes a workspace declared for its users
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Declare an attribute of users: from then on the provider may discover, set, filter and patch it
    Create {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Its name, such as UID
        #[arg(long)]
        name: String,
        /// The URN of the schema it belongs to
        #[arg(long, value_name = "URN", default_value = USER_URN)]
        schema: String,
        /// string, boolean, integer, decimal, dateTime, reference or binary
        #[arg(long = "type", value_name = "TYPE", default_value = "string")]
        kind: String,
        /// It is multi-valued
        #[arg(long)]
        multi_valued: bool,
        /// Letter case distinguishes its values
        #[arg(long)]
        case_exact: bool,
        /// Its description
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Delete an attribute, and its values of all users
    Delete {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// The URN of the schema it belongs to
        #[arg(long, value_name = "URN", default_value = USER_URN)]
        schema: String,
    },
}

impl Attribute {
    pub(crate) fn run(&self, config: &Config) -> anyhow::Result<Value> {
        let (database, now) = open(config)?;
        match self {
            Attribute::List { workspace } => read(&database, |conn| {
                let stored = commands::workspace(conn, config, workspace)?.custom_attributes()?;
                let declared = custom_attributes::parse(&stored).map_err(|broken| anyhow!(broken.detail))?;
                Ok(declared.iter().map(Custom::to_json).collect())
            }),
            Attribute::Create { workspace, name, schema, kind, multi_valued, case_exact, description } => {
                let custom = Custom {
                    schema: schema.clone(),
                    name: name.clone(),
                    kind: custom_attributes::kind_of(kind)
                        .map_err(|refused| anyhow!("--type: {}", refused.detail))?,
                    multi_valued: *multi_valued,
                    case_exact: *case_exact,
                    description: description.clone(),
                };
                write(&database, |conn| {
                    let workspace = commands::workspace(conn, config, workspace)?;
                    Ok(change::create(conn, &workspace, custom, &Cause::cli(), now)?.to_json())
                })
            }
            Attribute::Delete { workspace, name, schema } => write(&database, |conn| {
                let workspace = commands::workspace(conn, config, workspace)?;
                let (deleted, users) = change::delete(conn, &workspace, (schema, name), &Cause::cli(), now)?;
                Ok(json!({ "schema": deleted.schema, "name": deleted.name, "deleted": true, "users": users }))
            }),
        }
    }
}

impl From<ChangeError> for Sentence {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(sentence) => Sentence(anyhow!(sentence)),
            ChangeError::Store(error) => error.into(),
        }
    }
}
