//! The conditions by which a plan differs from its base, as texts of SQL. `{plan}`, `{base}` and `{real}` stand for the ids of the
//! workspaces, `{after}` and `{limit}` for a page; each is bound, never written into the text.

use super::Observation;
use crate::db::fragment::Fragment;

/// The assignments of roles: their table, and the column of the role.
pub(super) const ROLES: (&str, &str) = ("assignments", "role_id");

/// The assignments of entitlements, likewise.
pub(super) const ENTITLEMENTS: (&str, &str) = ("entitlement_assignments", "entitlement_id");

/// The page of a statement that has none, for [`fill`].
pub(super) const WHOLE: (&str, i64) = ("", 0);

/// Whether an assignment of the person `p` in one workspace is missing in another. `id`: the column of what is assigned.
fn misses((table, id): (&str, &str), one: &str, other: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM {table} AS a WHERE a.workspace_id = {one} AND a.user_id = p.user_id \
         AND NOT EXISTS (SELECT 1 FROM {table} AS o WHERE o.workspace_id = {other} AND o.user_id = a.user_id AND o.{id} = a.{id} \
         AND o.source = a.source AND o.element_display IS NOT DISTINCT FROM a.element_display \
         AND o.element_type IS NOT DISTINCT FROM a.element_type AND o.is_primary IS NOT DISTINCT FROM a.is_primary))"
    )
}

/// Whether the assignments of the person `p` differ between two of the workspaces.
pub(super) fn assignments_differ(one: &str, other: &str) -> String {
    let both = |table| format!("{} OR {}", misses(table, one, other), misses(table, other, one));
    format!("({} OR {})", both(ROLES), both(ENTITLEMENTS))
}

/// Whether the person `p` of the plan differs from `b` of the base. The version differs after each change; the change may have been
/// taken back.
pub(super) fn person_differs() -> String {
    format!(
        "(p.version <> b.version AND (p.user_name <> b.user_name OR p.active <> b.active OR p.source <> b.source OR p.epoch <> b.epoch \
         OR p.attributes <> b.attributes OR p.external_id IS DISTINCT FROM b.external_id \
         OR p.display_name IS DISTINCT FROM b.display_name OR {}))",
        assignments_differ("{plan}", "{base}")
    )
}

/// People of the plan with their row of the base, if there is one: the beginning of a SELECT of `p` and `b`.
pub(super) const PEOPLE: &str = " FROM users AS p LEFT JOIN users AS b ON b.workspace_id = {base} AND b.user_id = p.user_id \
     WHERE p.workspace_id = {plan}";

/// People of the base who are not in the plan.
pub(super) const GONE_PEOPLE: &str = " FROM users AS b WHERE b.workspace_id = {base} \
     AND NOT EXISTS (SELECT 1 FROM users AS p WHERE p.workspace_id = {plan} AND p.user_id = b.user_id)";

/// Groups of the plan with their row of the base, if there is one.
pub(super) const GROUPS: &str = " FROM groups AS p LEFT JOIN groups AS b ON b.workspace_id = {base} AND b.group_id = p.group_id \
     WHERE p.workspace_id = {plan}";

/// Groups of the base that are not in the plan.
pub(super) const GONE_GROUPS: &str = " FROM groups AS b WHERE b.workspace_id = {base} \
     AND NOT EXISTS (SELECT 1 FROM groups AS p WHERE p.workspace_id = {plan} AND p.group_id = b.group_id)";

/// Memberships of the plan that the base does not have.
pub(super) const JOINED: &str = " FROM members AS m WHERE m.workspace_id = {plan} \
     AND NOT EXISTS (SELECT 1 FROM members AS o WHERE o.workspace_id = {base} AND o.group_id = m.group_id AND o.user_id = m.user_id)";

/// Memberships of the base that the plan does not have.
pub(super) const LEFT: &str = " FROM members AS m WHERE m.workspace_id = {base} \
     AND NOT EXISTS (SELECT 1 FROM members AS o WHERE o.workspace_id = {plan} AND o.group_id = m.group_id AND o.user_id = m.user_id)";

/// Members of groups, in the plan or the base, whose name is another in the plan: their mappings may be others.
pub(super) const RENAMED: &str = " FROM members AS m JOIN groups AS b ON b.workspace_id = {base} AND b.group_id = m.group_id \
     JOIN groups AS p ON p.workspace_id = {plan} AND p.group_id = m.group_id AND p.display_name_key <> b.display_name_key \
     WHERE m.workspace_id = {plan}";

/// Whether the group `p` of the plan differs from `b` of the base. Members who are deleted in the plan are no change of the group.
pub(super) const GROUP_DIFFERS: &str = "(p.version <> b.version AND (p.display_name <> b.display_name \
     OR p.external_id IS DISTINCT FROM b.external_id \
     OR EXISTS (SELECT 1 FROM members AS m WHERE m.workspace_id = {plan} AND m.group_id = p.group_id AND NOT EXISTS (SELECT 1 \
     FROM members AS o WHERE o.workspace_id = {base} AND o.group_id = m.group_id AND o.user_id = m.user_id)) \
     OR EXISTS (SELECT 1 FROM members AS m JOIN users AS u ON u.workspace_id = {plan} AND u.user_id = m.user_id \
     WHERE m.workspace_id = {base} AND m.group_id = p.group_id AND NOT EXISTS (SELECT 1 \
     FROM members AS o WHERE o.workspace_id = {plan} AND o.group_id = m.group_id AND o.user_id = m.user_id)) \
     OR EXISTS (SELECT 1 FROM parked_members AS m WHERE m.workspace_id = {plan} AND m.group_id = p.group_id AND NOT EXISTS (SELECT 1 \
     FROM parked_members AS o WHERE o.workspace_id = {base} AND o.group_id = m.group_id AND o.member_key = m.member_key)) \
     OR EXISTS (SELECT 1 FROM parked_members AS m WHERE m.workspace_id = {base} AND m.group_id = p.group_id AND NOT EXISTS (SELECT 1 \
     FROM parked_members AS o WHERE o.workspace_id = {plan} AND o.group_id = m.group_id AND o.member_key = m.member_key))))";

/// The SQL of a text, with the workspaces of an observation, the id after which a page begins, and its length.
pub(super) fn fill(text: &str, of: &Observation, (after, limit): (&str, i64)) -> Fragment {
    let mut fragment = Fragment::new(true);
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        fragment.sql(before);
        let (name, behind) = from.split_once('}').unwrap_or((from, ""));
        match name {
            "plan" => fragment.text(&of.plan_id),
            "base" => fragment.text(&of.base_id),
            "real" => fragment.text(&of.workspace_id),
            "after" => fragment.text(after),
            // Not a plain placeholder, because SQLite would plan the statement again for each of its values.
            _ => {
                fragment.sql("CAST(");
                fragment.whole(limit);
                fragment.sql(" AS BIGINT)");
            }
        }
        rest = behind;
    }
    fragment.sql(rest);
    fragment
}
