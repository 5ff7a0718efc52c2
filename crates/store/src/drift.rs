//! Reads where a workspace and its identity provider have drifted apart: for each kind how many rows there are, and the first ones. Each
//! is one statement over one workspace, whatever its size.
//!
//! Cost: the reads of people go once through the people of the workspace by its primary key, and look up identities, assignments, members
//! and tokens by index. [`not_pushed`] reads a range of the index `users_updated`. [`names`] and [`people`] return every person, about a
//! hundred bytes each. Nothing here has an index of its own: the report runs once a week, and when somebody asks.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use vestibule_core::{
    ids::{RoleId, UserId, WorkspaceId},
    sets::{AssignmentSource, UserSource},
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    db::{
        fragment::Fragment,
        schema::{claimed_groups, groups, users},
        statement::Statement,
    },
    people::users::User,
    rights::{mappings, roles::holders::HolderFilter},
    search::in_ids,
};

mod turns;

pub use turns::{due, taken};

/// A push that changes nothing is recorded at most once in this time.
const PUSHED_EVERY: Micros = 86_400 * SECOND;

/// What was found of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How many there are.
    pub count: i64,
    /// The first of them, by name.
    pub first: Vec<Line>,
}

impl Found {
    /// The number of these lines, and the first of them.
    pub fn of(mut lines: Vec<Line>, first: i64) -> Self {
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        lines.truncate(usize::try_from(first).unwrap_or_default());
        Self { count, first: lines }
    }

    /// As [`Found::of`], by name.
    pub fn by_name(mut lines: Vec<Line>, first: i64) -> Self {
        lines.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Self::of(lines, first)
    }
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Id of the person, group or connection.
    pub id: String,
    /// Its name.
    pub name: String,
    /// More about it, such as the issuer; may be empty.
    pub detail: String,
}

/// A person, as a list of assignments is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Id of the user.
    pub id: String,
    /// Login name.
    pub user_name: String,
    /// The folded login name.
    pub user_name_key: String,
    /// The primary email address.
    pub email: Option<String>,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// Whether the person may have access.
    pub active: bool,
}

/// Records that SCIM pushed a user whom the push does not change.
pub fn pushed(conn: &mut Conn, user: &User, now: Micros) -> Result<()> {
    if user.updated_at > now - PUSHED_EVERY {
        return Ok(());
    }
    Statement::<()>::new("INSERT INTO user_pushes (workspace_id, user_id, pushed_at) VALUES (")
        .text(&user.workspace_id)
        .sql(", ")
        .text(&user.user_id)
        .sql(", ")
        .whole(now)
        .sql(") ON CONFLICT (workspace_id, user_id) DO UPDATE SET pushed_at = excluded.pushed_at WHERE user_pushes.pushed_at <= ")
        .whole(now - PUSHED_EVERY)
        .execute(conn)?;
    Ok(())
}

/// People of SCIM whom no push and no change has reached since `before`.
pub fn not_pushed(conn: &mut Conn, of: &Within<'_>, before: Micros) -> Result<Found> {
    let mut those = of.provisioned();
    those.sql(" AND u.updated_at < ");
    those.whole(before);
    those.sql(
        " AND NOT EXISTS (SELECT 1 FROM user_pushes AS p WHERE p.workspace_id = u.workspace_id AND p.user_id = u.user_id AND p.pushed_at >= ",
    );
    those.whole(before);
    those.sql(")");
    of.found(conn, those)
}

/// People who have signed in and whom SCIM does not manage.
pub fn never_provisioned(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = of.active();
    those.sql(" AND u.source <> ");
    those.text(UserSource::Scim.as_str());
    those.sql(" AND EXISTS ");
    those.sql(IDENTITY);
    of.found(conn, those)
}

/// People of SCIM who are linked to no account of a provider.
pub fn never_signed_in(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = of.provisioned();
    those.sql(" AND NOT EXISTS ");
    those.sql(IDENTITY);
    of.found(conn, those)
}

/// People of SCIM without `externalId`.
pub fn external_id_absent(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = of.provisioned();
    those.sql(" AND u.external_id IS NULL");
    of.found(conn, those)
}

/// People whose `externalId` is that of another person but for letter case and blanks, or the subject by which another signs in.
pub fn external_id_shared(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = of.people("u.external_id");
    those.sql(
        " AND LOWER(TRIM(u.external_id)) IN (SELECT LOWER(TRIM(o.external_id)) FROM users AS o \
         WHERE o.external_id IS NOT NULL AND o.workspace_id = ",
    );
    those.text(of.id);
    those.sql(
        " GROUP BY LOWER(TRIM(o.external_id)) HAVING COUNT(*) > 1) UNION \
         SELECT u.user_id AS id, u.user_name AS name, u.external_id AS detail FROM identities AS i \
         JOIN users AS u ON u.workspace_id = i.workspace_id AND u.external_id = i.subject AND u.user_id <> i.user_id \
         WHERE u.active = TRUE AND i.workspace_id = ",
    );
    those.text(of.id);
    of.found(conn, those)
}

/// Groups that have neither members nor members who wait for their person.
pub fn empty_groups(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = Fragment::new(true);
    those.sql(
        "SELECT g.group_id AS id, g.display_name AS name, '' AS detail FROM groups AS g \
         WHERE NOT EXISTS (SELECT 1 FROM members AS m WHERE m.workspace_id = g.workspace_id AND m.group_id = g.group_id) \
         AND NOT EXISTS (SELECT 1 FROM parked_members AS p WHERE p.workspace_id = g.workspace_id AND p.group_id = g.group_id) \
         AND g.workspace_id = ",
    );
    those.text(of.id);
    of.found(conn, those)
}

/// Members of groups who wait for their person; the id is that of the group.
pub fn members_parked(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = Fragment::new(true);
    those.sql(
        "SELECT g.group_id AS id, p.member AS name, g.display_name AS detail FROM parked_members AS p \
         JOIN groups AS g ON g.workspace_id = p.workspace_id AND g.group_id = p.group_id WHERE p.workspace_id = ",
    );
    those.text(of.id);
    of.found(conn, those)
}

/// People of SCIM with a role that was given by hand.
pub fn roles_by_hand(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = of.provisioned();
    those.sql(
        " AND EXISTS (SELECT 1 FROM assignments AS a WHERE a.workspace_id = u.workspace_id AND a.user_id = u.user_id AND a.source = ",
    );
    those.text(AssignmentSource::Manual.as_str());
    those.sql(")");
    of.found(conn, those)
}

/// People with a live session or token, and without any role. `ruled`: the groups and claims that give a role.
pub fn access_without_role(
    conn: &mut Conn,
    of: &Within<'_>,
    ruled: &HolderFilter,
    now: Micros,
) -> Result<Found> {
    let mut those = of.active();
    those.sql(
        " AND (EXISTS (SELECT 1 FROM sessions AS s WHERE s.workspace_id = u.workspace_id AND s.user_id = u.user_id \
         AND s.epoch = u.epoch AND s.expires_at > ",
    );
    those.whole(now);
    those.sql(" AND (s.idle IS NULL OR s.seen_at + s.idle > ");
    those.whole(now);
    those.sql(
        ")) OR EXISTS (SELECT 1 FROM tokens AS t WHERE t.workspace_id = u.workspace_id AND t.user_id = u.user_id \
         AND t.epoch = u.epoch AND t.replaced_at IS NULL AND t.retired_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ",
    );
    those.whole(now);
    those.sql(
        ") AND (t.grant_id IS NULL OR EXISTS (SELECT 1 FROM grants AS g WHERE g.workspace_id = t.workspace_id \
         AND g.grant_id = t.grant_id AND g.ended_at IS NULL)))) AND NOT ",
    );
    those.append(holds(conn, ruled, None));
    of.found(conn, those)
}

/// People with this role, however they have it, except by default: at most `most`, with their addresses.
pub fn holders(
    conn: &mut Conn,
    of: &Within<'_>,
    (role_id, ruled): (&RoleId, &HolderFilter),
    most: i64,
) -> Result<Vec<Line>> {
    let mut those = of.people("COALESCE(u.email, '')");
    those.sql(" AND ");
    those.append(holds(conn, ruled, Some(role_id)));
    Ok(Within { first: most, ..*of }.found(conn, those)?.first)
}

/// Links of people to an issuer that no connection has.
pub fn unknown_issuers(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = Fragment::new(true);
    those.sql(
        "SELECT u.user_id AS id, u.user_name AS name, i.issuer AS detail FROM identities AS i \
         JOIN users AS u ON u.workspace_id = i.workspace_id AND u.user_id = i.user_id \
         WHERE NOT EXISTS (SELECT 1 FROM connections AS c WHERE c.workspace_id = i.workspace_id AND c.issuer = i.issuer) \
         AND NOT EXISTS (SELECT 1 FROM saml_connections AS c WHERE c.workspace_id = i.workspace_id AND c.issuer = i.issuer) \
         AND i.workspace_id = ",
    );
    those.text(of.id);
    of.found(conn, those)
}

/// Connections that are switched on and to whose issuer nobody is linked; the detail is the protocol.
pub fn connections_unused(conn: &mut Conn, of: &Within<'_>) -> Result<Found> {
    let mut those = Fragment::new(true);
    for (table, protocol, between) in
        [("connections", "oidc", ""), ("saml_connections", "saml", " UNION ALL ")]
    {
        those.sql(between);
        those.sql(&format!(
            "SELECT c.connection_id AS id, c.name AS name, '{protocol}' AS detail FROM {table} AS c WHERE c.enabled = TRUE \
             AND NOT EXISTS (SELECT 1 FROM identities AS i WHERE i.workspace_id = c.workspace_id AND i.issuer = c.issuer) \
             AND c.workspace_id = "
        ));
        those.text(of.id);
    }
    of.found(conn, those)
}

/// Whether SCIM manages anybody here, and whether it gives a role to anybody directly.
pub fn is_provisioned(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<(bool, bool)> {
    let statement =
        Statement::<(Bool, Bool)>::new("SELECT EXISTS (SELECT 1 FROM users WHERE workspace_id = ")
            .text(workspace_id)
            .sql(" AND source = ")
            .text(UserSource::Scim.as_str())
            .sql("), EXISTS (SELECT 1 FROM assignments WHERE workspace_id = ")
            .text(workspace_id)
            .sql(" AND source <> ")
            .text(AssignmentSource::Manual.as_str())
            .sql(")");
    Ok(statement.get_result(conn)?)
}

/// The folded names of all groups, and the names of all groups in claims.
pub fn group_names(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<(Vec<String>, Vec<String>)> {
    let keys = groups::table.filter(groups::workspace_id.eq(workspace_id)).select(groups::display_name_key);
    let claimed = claimed_groups::table.filter(claimed_groups::workspace_id.eq(workspace_id));
    Ok((keys.load(conn)?, claimed.select(claimed_groups::group_name).distinct().load(conn)?))
}

/// The groups and claims through which a rule gives one of these roles, or any role.
pub fn ruled(
    conn: &mut Conn,
    of: &Within<'_>,
    rules: &[mappings::Rule],
    gives: impl Fn(&mappings::Rule) -> bool,
) -> Result<HolderFilter> {
    let keys: Vec<String> = rules.iter().filter(|rule| gives(rule)).map(|rule| rule.key.clone()).collect();
    HolderFilter::ruled(conn, of.id, &keys)
}

/// Id and login name of everybody, active or not.
pub fn names(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<(UserId, String)>> {
    let rows = users::table.filter(users::workspace_id.eq(workspace_id)).order(users::user_id);
    Ok(rows.select((users::user_id, users::user_name)).load(conn)?)
}

/// Everybody, as a list of assignments is compared with.
pub fn people(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Vec<Person>> {
    type Row = (String, String, String, Option<String>, Option<String>, bool);
    let rows: Vec<Row> = Statement::<(Text, Text, Text, Nullable<Text>, Nullable<Text>, Bool)>::new(
        "SELECT user_id, user_name, user_name_key, email, external_id, active FROM users WHERE workspace_id = ",
    )
    .text(workspace_id)
    .load(conn)?;
    let person = |(id, user_name, user_name_key, email, external_id, active): Row| Person {
        id,
        user_name,
        user_name_key,
        email,
        external_id,
        active,
    };
    Ok(rows.into_iter().map(person).collect())
}

/// The subquery of a link of user `u`.
const IDENTITY: &str =
    "(SELECT 1 FROM identities AS i WHERE i.workspace_id = u.workspace_id AND i.user_id = u.user_id)";

/// Whether user `u` has a role, or this one.
fn holds(conn: &Conn, ruled: &HolderFilter, role_id: Option<&RoleId>) -> Fragment {
    let mut held = Fragment::new(true);
    held.sql(
        "(EXISTS (SELECT 1 FROM assignments AS a JOIN roles AS r ON r.workspace_id = a.workspace_id AND r.role_id = a.role_id \
         WHERE a.workspace_id = u.workspace_id AND a.user_id = u.user_id AND (r.by_okta = TRUE OR a.source = ",
    );
    held.text(AssignmentSource::Manual.as_str());
    held.sql(")");
    if let Some(role_id) = role_id {
        held.sql(" AND a.role_id = ");
        held.text(role_id);
    }
    held.sql(
        ") OR EXISTS (SELECT 1 FROM members AS m WHERE m.workspace_id = u.workspace_id AND m.user_id = u.user_id AND ",
    );
    held.append(in_ids(conn, "m.group_id", &ruled.groups));
    held.sql(
        ") OR EXISTS (SELECT 1 FROM claimed_groups AS k WHERE k.workspace_id = u.workspace_id AND k.user_id = u.user_id AND ",
    );
    held.append(in_ids(conn, "k.group_name", &ruled.claims));
    held.sql("))");
    held
}

/// The workspace that is read, and how many rows of a kind are named.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// Its id.
    pub id: &'a WorkspaceId,
    /// How many are named.
    pub first: i64,
}

impl Within<'_> {
    /// The active people; the detail is this expression.
    fn people(&self, detail: &str) -> Fragment {
        let mut those = Fragment::new(true);
        those.sql("SELECT u.user_id AS id, u.user_name AS name, ");
        those.sql(detail);
        those.sql(" AS detail FROM users AS u WHERE u.active = TRUE AND u.workspace_id = ");
        those.text(self.id);
        those
    }

    fn active(&self) -> Fragment {
        self.people("''")
    }

    fn provisioned(&self) -> Fragment {
        let mut those = self.active();
        those.sql(" AND u.source = ");
        those.text(UserSource::Scim.as_str());
        those
    }

    fn found(&self, conn: &mut Conn, those: Fragment) -> Result<Found> {
        let rows: Vec<(i64, String, String, String)> =
            Statement::<(BigInt, Text, Text, Text)>::new("SELECT COUNT(*) OVER (), id, name, detail FROM (")
                .fragment(those)
                .sql(") AS found ORDER BY name, id, detail LIMIT ")
                .whole(self.first)
                .load(conn)?;
        let count = rows.first().map_or(0, |row| row.0);
        let line = |(_, id, name, detail)| Line { id, name, detail };
        Ok(Found { count, first: rows.into_iter().map(line).collect() })
    }
}
