//! The row of a user. Names no other table, so that every module can use it.

use diesel::prelude::*;
use serde_json::{Map, Value};
use vestibule_core::{
    fold::{document, fold},
    ids::{UserId, WorkspaceId},
    sets::UserSource,
    time::Micros,
};

use crate::{
    Result,
    db::{json::Json, schema::users},
    trail::events::target::Target,
};

/// A person in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Workspace of the user.
    pub workspace_id: WorkspaceId,
    /// Id of the user, which never changes.
    pub user_id: UserId,
    /// Name as sent; unique in the workspace by its key.
    pub user_name: String,
    /// The folded user name.
    pub user_name_key: String,
    /// Identifier of the person at the identity provider; opaque.
    pub external_id: Option<String>,
    /// Name that pages display.
    pub display_name: Option<String>,
    /// The folded display name.
    pub display_name_key: Option<String>,
    /// The primary email address.
    pub email: Option<String>,
    /// Whether the person may have access.
    pub active: bool,
    /// What created the row.
    pub source: UserSource,
    /// The SCIM document without what has a column or is computed; see [`User::attributes`].
    pub attributes: Json<Map<String, Value>>,
    /// The attributes as filters compare them (see [`crate::search`]); missing in a row of an older version until they are filled
    /// in.
    pub comparable: Json<Map<String, Value>>,
    /// Sessions, codes and tokens with an older epoch are dead.
    pub epoch: i64,
    /// When all access last ended; sign-in requires a later authentication.
    pub revoked_at: Option<Micros>,
    /// 1, 2, 3, …; `meta.version`.
    pub version: i64,
    /// Creation.
    pub created_at: Micros,
    /// Last change.
    pub updated_at: Micros,
}

impl User {
    /// An active user with this name and no attributes.
    pub fn new(workspace_id: &WorkspaceId, user_name: &str, source: UserSource, now: Micros) -> Self {
        Self {
            workspace_id: workspace_id.clone(),
            user_id: UserId::new(now),
            user_name: user_name.to_owned(),
            user_name_key: fold(user_name),
            external_id: None,
            display_name: None,
            display_name_key: None,
            email: None,
            active: true,
            source,
            attributes: Json::new(Map::new()),
            comparable: Json::new(Map::new()),
            epoch: 1,
            revoked_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Sets the attributes without a column, and their folded form.
    pub fn set_attributes(&mut self, attributes: Map<String, Value>) {
        let attributes = Value::Object(attributes);
        if let Value::Object(comparable) = document(&attributes) {
            self.comparable = Json::new(comparable);
        }
        if let Value::Object(attributes) = attributes {
            self.attributes = Json::new(attributes);
        }
    }

    /// The user as the target of an event, or as its actor.
    pub fn target(&self) -> Target<'_> {
        Target::User(&self.user_id)
    }

    /// The SCIM document without what has a column or is computed.
    pub fn attributes(&self) -> Result<Map<String, Value>> {
        self.attributes.read("users.attributes", &[&self.workspace_id, &self.user_id])
    }

    /// The attributes as filters compare them.
    pub fn comparable(&self) -> Result<Map<String, Value>> {
        self.comparable.read("users.comparable", &[&self.workspace_id, &self.user_id])
    }

    /// The name to display.
    pub fn greeting(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_name)
    }
}
