//! `vestibule attribute …`

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};
use vestibule_core::time::Micros;
use vestibule_scim::users::custom_attributes::{self, Custom};
use vestibule_scim_engine::schema::USER_URN;
use vestibule_store::{
    Conn,
    trail::events::{
        self, Cause, Target,
        kinds::{AttributeCreated, AttributeDeleted},
    },
    workspaces,
};
use vestibule_web::config::Config;

use super::{Sentence, open, read, write};

#[derive(Debug, Subcommand)]
pub(crate) enum Attribute {
    /// List the attributes a workspace declared for its users
    List {
        /// The workspace's id
        #[arg(long, value_name = "ID")]
        workspace: String,
    },
    /// Declare an attribute of users: from then on Okta may discover, set, filter and patch it
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
        /// It holds several values
        #[arg(long)]
        multi_valued: bool,
        /// Letter case distinguishes its values
        #[arg(long)]
        case_exact: bool,
        /// One sentence for people
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Declare it no longer; the values users have of it are deleted
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
                let declared = declared(conn, config, workspace)?.1;
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
                    let (workspace_id, mut declared) = declared(conn, config, workspace)?;
                    custom_attributes::declare(&mut declared, custom.clone())
                        .map_err(|refused| anyhow!(refused.detail))?;
                    save(conn, &workspace_id, &declared, now)?;
                    // As it was declared: its schema may be spelled as the one that is here already.
                    let made = declared.last().unwrap_or(&custom);
                    let data = AttributeCreated(made.event_data());
                    events::record(conn, &workspace_id, &Cause::cli(), Target::Workspace, &data, now)?;
                    Ok(made.to_json())
                })
            }
            Attribute::Delete { workspace, name, schema } => write(&database, |conn| {
                let (workspace_id, mut declared) = declared(conn, config, workspace)?;
                let is_it = |custom: &Custom| {
                    custom.name.eq_ignore_ascii_case(name) && custom.schema.eq_ignore_ascii_case(schema)
                };
                let gone = declared.iter().find(|custom| is_it(custom)).cloned();
                let gone =
                    gone.ok_or_else(|| anyhow!("no attribute {name} of {schema} was declared here"))?;
                declared.retain(|custom| !is_it(custom));
                let users = custom_attributes::forget(conn, &workspace_id, &gone, now)?;
                save(conn, &workspace_id, &declared, now)?;
                let data = AttributeDeleted(gone.event_data());
                events::record(conn, &workspace_id, &Cause::cli(), Target::Workspace, &data, now)?;
                Ok(json!({ "schema": gone.schema, "name": gone.name, "deleted": true, "users": users }))
            }),
        }
    }
}

fn declared(conn: &mut Conn, config: &Config, workspace: &str) -> Result<(String, Vec<Custom>), Sentence> {
    let workspace = super::workspace(conn, config, workspace)?;
    let declared =
        custom_attributes::parse(&workspace.custom_attributes()?).map_err(|broken| anyhow!(broken.detail))?;
    Ok((workspace.workspace_id, declared))
}

/// Saves the declared attributes if they form a valid schema.
fn save(conn: &mut Conn, workspace_id: &str, declared: &[Custom], now: Micros) -> Result<(), Sentence> {
    custom_attributes::schema_with(declared).map_err(|refused| anyhow!(refused.detail))?;
    let declared = declared.iter().map(Custom::to_json).collect();
    Ok(workspaces::set_custom_attributes(conn, workspace_id, declared, now)?)
}
