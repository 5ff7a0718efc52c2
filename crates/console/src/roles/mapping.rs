//! `/mapping` and `/mapping/preview`: one rule, by which members of the groups of a name or pattern hold roles and entitlements.
//! A change is shown before it is saved: whom it touches, and what they gain and lose. Saving computes anew.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{self as admin, Refusal, mappings::MappingChange, refusal};
use vestibule_core::fold::fold;
use vestibule_store::{
    Conn, Error,
    people::users::Brief,
    rights::{
        mappings::{self, Rule},
        roles::{
            self, Role,
            holders::Among,
            preview::{Difference, Preview, preview},
        },
    },
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{
    layout::auth::{self, Visitor},
    roles::catalog::Known,
};

/// How many people a preview looks at.
const MOST: i64 = 20_000;
/// How many of them it names.
const NAMED: usize = 20;
/// How many groups it names.
const GROUPS: usize = 20;

#[derive(Template)]
#[template(path = "mapping.html")]
struct MappingPage {
    wanted: Wanted,
    is_new: bool,
    roles: Vec<Choice>,
    entitlements: Vec<Choice>,
    problem: String,
}

/// A box to tick.
struct Choice {
    id: String,
    name: String,
    about: String,
    ticked: bool,
    /// Why it can't be ticked, if it can't.
    barred: &'static str,
}

#[derive(Template)]
#[template(path = "mapping_preview.html")]
struct PreviewPage<'a> {
    csrf: &'a str,
    wanted: Wanted,
    roles: Vec<String>,
    entitlements: Vec<String>,
    groups: Vec<(String, String)>,
    more_groups: usize,
    preview: Preview,
    changes: Vec<(String, i64, i64)>,
    first: Vec<(Brief, String)>,
}

/// A rule as asked for.
#[derive(Debug, Clone, Default)]
struct Wanted {
    group: String,
    roles: Vec<String>,
    entitlements: Vec<String>,
    remove: bool,
}

impl Wanted {
    fn of(parameters: &Parameters) -> Self {
        let ticked = |kind: &str| {
            let names = parameters.names().filter_map(|name| name.strip_prefix(kind));
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            group: parameters.text("group").trim().to_owned(),
            roles: ticked("role."),
            entitlements: ticked("grant."),
            remove: parameters.text("do") == "remove",
        }
    }

    /// The rule it comes to, of which removal leaves nothing; or what stands against it.
    fn judge(&self, known: &Known, by_owner: bool) -> Result<(Vec<Role>, Option<Rule>), Refusal> {
        let group = admin::mappings::group_name(&self.group)?;
        let key = fold(group);
        let before = known.rules.iter().find(|rule| rule.key == key);
        let held = before.map(|rule| rule.roles.clone()).unwrap_or_default();
        if self.remove {
            admin::authority::check_owner_role(by_owner, &held, &[])?;
            return match before {
                Some(_) => Ok((Vec::new(), None)),
                None => Err(Refusal::Conflict("there is no rule about this group".to_owned())),
            };
        }
        if self.roles.is_empty() && self.entitlements.is_empty() {
            return Err(Refusal::Conflict("tick what members hold".to_owned()));
        }
        let unknown = || Refusal::Conflict("a role or grant was deleted meanwhile; choose again".to_owned());
        let mut given = Vec::new();
        for id in &self.roles {
            given.push(known.role(id).ok_or_else(unknown)?.clone());
        }
        for id in &self.entitlements {
            known.entitlements.iter().find(|one| one.entitlement_id == *id).ok_or_else(unknown)?;
        }
        if let Some(role) = given.iter().find(|role| !role.by_okta) {
            let sentence = format!(
                "Okta may not give {}, and who is in a group is Okta's to say; allow it on the role's page first",
                pages::isolate(&role.display_name)
            );
            return Err(Refusal::Conflict(sentence));
        }
        admin::authority::check_owner_role(by_owner, &held, &self.roles)?;
        let rule = Rule {
            group: group.to_owned(),
            key,
            roles: self.roles.clone(),
            entitlements: self.entitlements.clone(),
        };
        Ok((given, Some(rule)))
    }
}

/// `GET /mapping`: the form, with the rule of the group named in the query if there is one.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::administrator_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let wanted = Wanted { group: query.text("group").trim().to_owned(), ..Wanted::default() };
    form(&req, &state, &visitor, wanted, None).await
}

/// `GET /mapping/preview`: whom it touches.
pub async fn get_preview(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let (visitor, query) = match auth::administrator_s_query(&req, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (wanted, by_owner) = (Wanted::of(&query), visitor.signed_in.is_owner());
    let (workspace_id, asked, csrf) =
        (visitor.workspace.workspace_id.clone(), wanted.clone(), visitor.signed_in.csrf.clone());
    let of_job = workspace_id.clone();
    let read = state.search(&workspace_id, move |conn| {
        let known = Known::read(conn, &of_job)?;
        match refusal::sentence(asked.judge(&known, by_owner))? {
            Ok((_, rule)) => Ok::<_, Error>(Ok(look(conn, &of_job, known, asked, rule)?)),
            Err(problem) => Ok(Err(problem)),
        }
    });
    match read.await {
        Ok(Ok(found)) => {
            let content = PreviewPage { csrf: &csrf, ..found };
            pages::render(&state, StatusCode::OK, "Whom this touches", &visitor.around(), &content)
        }
        Ok(Err(problem)) => form(&req, &state, &visitor, wanted, Some(problem)).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /mapping`: saves or removes it.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, sent) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (wanted, by_owner) = (Wanted::of(&sent), visitor.signed_in.is_owner());
    let (workspace_id, asked) = (visitor.workspace.workspace_id.clone(), wanted.clone());
    let actor = visitor.actor(&req, state.now());
    let saved = state.write(move |conn| {
        let known = Known::read(conn, &workspace_id)?;
        let (given, rule) = asked.judge(&known, by_owner)?;
        let change = MappingChange { group: &asked.group, roles: &given, entitlements: &asked.entitlements };
        match rule {
            Some(_) => admin::mappings::replace(conn, &actor, &workspace_id, change),
            None => {
                let whole = MappingChange { roles: &[], entitlements: &[], ..change };
                admin::mappings::delete(conn, &actor, &workspace_id, whole).map(drop)
            }
        }
    });
    match refusal::sentence(saved.await) {
        Ok(Ok(())) => auth::redirect(state.app_url("/roles?saved=1")),
        Ok(Err(problem)) => form(&req, &state, &visitor, wanted, Some(problem)).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

fn look(
    conn: &mut Conn,
    workspace_id: &str,
    known: Known,
    wanted: Wanted,
    rule: Option<Rule>,
) -> Result<PreviewPage<'static>, Error> {
    let key = fold(&wanted.group);
    let keys = [key.clone()];
    let mut groups = mappings::groups(conn, workspace_id, &keys)?;
    let more_groups = groups.len().saturating_sub(GROUPS);
    groups.truncate(GROUPS);
    let among = Among::ruled(conn, workspace_id, &keys)?;
    let now = roles::shared(conn, workspace_id)?;
    let mut then = now.clone();
    then.rules.retain(|rule| rule.key != key);
    let (mut given, mut granted) = (Vec::new(), Vec::new());
    if let Some(rule) = rule {
        given = rule.roles.iter().map(|id| known.role_name(id)).collect();
        granted = rule.entitlements.iter().map(|id| known.entitlement_name(id)).collect();
        then.rules.push(rule);
    }
    let preview = preview(conn, workspace_id, (now, then), &among, (MOST, NAMED))?;
    let role = |(id, (gain, lose)): (&String, &(i64, i64))| (known.role_name(id), *gain, *lose);
    let grant = |(id, (gain, lose)): (&String, &(i64, i64))| {
        (format!("Grant {}", known.entitlement_name(id)), *gain, *lose)
    };
    let changes = preview.roles.iter().map(role).chain(preview.entitlements.iter().map(grant)).collect();
    let told = |(brief, difference): &(Brief, Difference)| (brief.clone(), in_words(&known, difference));
    let first = preview.first.iter().map(told).collect();
    Ok(PreviewPage {
        csrf: "",
        wanted,
        roles: given,
        entitlements: granted,
        groups,
        more_groups,
        preview,
        changes,
        first,
    })
}

/// "gains Editor; loses Member"
fn in_words(known: &Known, difference: &Difference) -> String {
    let names = |roles: &[String], grants: &[String]| {
        let roles = roles.iter().map(|id| known.role_name(id));
        roles.chain(grants.iter().map(|id| known.entitlement_name(id))).collect::<Vec<_>>().join(", ")
    };
    let gained = names(&difference.roles_gained, &difference.entitlements_gained);
    let lost = names(&difference.roles_lost, &difference.entitlements_lost);
    let part =
        |verb: &str, names: String| Some(names).filter(|n| !n.is_empty()).map(|n| format!("{verb} {n}"));
    [part("gains", gained), part("loses", lost)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The form: as stored, or as sent with what is wrong with it.
async fn form(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    mut wanted: Wanted,
    problem: Option<String>,
) -> HttpResponse {
    let (workspace_id, by_owner) = (visitor.workspace.workspace_id.clone(), visitor.signed_in.is_owner());
    let known = match state.read(move |conn| Known::read(conn, &workspace_id)).await {
        Ok(known) => known,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let key = fold(&wanted.group);
    let stored = known.rules.iter().find(|rule| rule.key == key);
    let held = stored.map(|rule| rule.roles.clone()).unwrap_or_default();
    if let (None, Some(rule)) = (&problem, stored) {
        (wanted.roles, wanted.entitlements) = (rule.roles.clone(), rule.entitlements.clone());
    }
    let role = |role: &Role| Choice {
        ticked: wanted.roles.contains(&role.role_id),
        barred: match role {
            role if role.role_id == roles::OWNER && !by_owner => "only an owner may change this",
            role if !role.by_okta && !held.contains(&role.role_id) => "Okta may not give it",
            _ => "",
        },
        id: role.role_id.clone(),
        name: role.display_name.clone(),
        about: role.description.clone(),
    };
    let content = MappingPage {
        is_new: stored.is_none(),
        roles: known.roles.iter().map(role).collect(),
        entitlements: known
            .entitlements
            .iter()
            .map(|one| Choice {
                ticked: wanted.entitlements.contains(&one.entitlement_id),
                barred: "",
                id: one.entitlement_id.clone(),
                name: one.display_name.clone(),
                about: one.description.clone(),
            })
            .collect(),
        wanted,
        problem: problem.unwrap_or_default(),
    };
    let status = if content.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    pages::render(state, status, "What members of a group hold", &visitor.around(), &content)
}
