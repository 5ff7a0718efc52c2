//! How every endpoint runs: one blocking job in one transaction that authenticates the caller and then does the work. Only an
//! authenticated caller learns what is wrong with a request.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use vestibule_admin::Actor;
use vestibule_core::{
    ids::{self, UserId, WorkspaceId},
    sets::OperatorScope,
    time::Micros,
};
use vestibule_store::{
    Conn, Tx,
    access::operator_keys,
    trail::events::Cause,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{
        input::{self, BodyError, Parameters},
        request,
    },
};

use crate::http::{
    answer::{Answer, Outcome},
    auth::Bearer,
    idempotency,
    problem::Problem,
};

/// The largest body, in bytes.
const MOST: usize = 65_536;

/// A request, copied so that blocking jobs can use it.
#[derive(Clone)]
pub(crate) struct Call {
    state: State,
    bearer: Bearer,
    request_id: String,
    accepted_at: Micros,
    pub(crate) now: Micros,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query_text: String,
    pub(crate) idempotency_key: Result<Option<String>, InvalidKey>,
    pub(crate) media_type: Option<String>,
    query: Result<Parameters, BodyError>,
    segments: BTreeMap<String, String>,
    pub(crate) body: Result<Vec<u8>, BodyError>,
}

/// An `Idempotency-Key` of the wrong form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InvalidKey;

/// A request of an authenticated caller.
pub(crate) struct Caller<'a> {
    pub call: &'a Call,
    pub key_id: String,
    pub actor: Actor,
    pub now: Micros,
}

impl Call {
    /// A request without a body. Nothing is checked yet.
    pub fn of(req: &HttpRequest, state: &State) -> Self {
        Self::with(req, state, Bearer::of(req), Ok(Vec::new()))
    }

    /// A request with a body. The form of the operator key is checked first; a body over 16 KiB is read only after the key was found,
    /// too. [`Call::read`] and [`Call::change`] find the key again when the body has arrived.
    ///
    /// # Errors
    /// 401 or 403, while the body may still be unsent.
    pub async fn receive(req: &HttpRequest, payload: web::Payload, state: &State) -> Result<Self, Problem> {
        let (bearer, now) = (Bearer::of(req), state.now());
        bearer.presented()?;
        let admit = async || {
            let bearer = bearer.clone();
            state.indexed_read(move |conn| bearer.admit(conn, OperatorScope::Write, now).map(drop)).await
        };
        let body = input::body_after(req, payload, MOST, admit).await?;
        Ok(Self::with(req, state, bearer, body))
    }

    fn with(req: &HttpRequest, state: &State, bearer: Bearer, body: Result<Vec<u8>, BodyError>) -> Self {
        let segments =
            req.match_info().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self {
            state: state.clone(),
            bearer,
            request_id: request::id(req),
            accepted_at: request::accepted_at(req).unwrap_or(state.now()),
            now: state.now(),
            method: req.method().clone(),
            path: req.path().to_owned(),
            query_text: req.query_string().to_owned(),
            idempotency_key: idempotency::key(req),
            media_type: input::media_type(req),
            query: Parameters::of_query(req),
            segments,
            body,
        }
    }

    /// Runs a job that reads.
    pub async fn read<T: Send + 'static>(
        &self,
        scope: OperatorScope,
        job: impl FnOnce(&mut Conn, &Caller<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let call = self.clone();
        let (due, outcome) = self
            .state
            .read(move |conn| {
                let key = call.bearer.admit(conn, scope, call.now)?;
                let due = key.is_due(call.now).then(|| key.key_id.clone());
                Ok::<_, Problem>((due, job(conn, &call.caller(key.key_id))))
            })
            .await?;
        if let Some(key_id) = due {
            let now = self.now;
            self.state
                .write_beside("operator_key.used", move |conn| operator_keys::note_use(conn, &key_id, now))
                .await;
        }
        outcome
    }

    /// Runs a job that writes, in one transaction. A POST with an idempotency key runs once; a repeated one gets the same answer.
    pub async fn change(
        &self,
        job: impl FnOnce(&mut Tx<'_>, &Caller<'_>) -> Outcome + Send + 'static,
    ) -> Outcome {
        let call = self.clone();
        self.state
            .write(move |conn| {
                let key = call.bearer.admit(conn, OperatorScope::Write, call.now)?;
                if key.is_due(call.now) {
                    operator_keys::note_use(conn, &key.key_id, call.now)?;
                }
                let caller = call.caller(key.key_id);
                idempotency::once(conn, &caller, |conn| job(conn, &caller))
            })
            .await
    }

    fn caller(&self, key_id: String) -> Caller<'_> {
        let actor = format!("operator:{key_id}");
        let mut cause = Cause::new(actor, &self.request_id);
        cause.accepted_at = Some(self.accepted_at);
        Caller { call: self, key_id, actor: Actor::operator(cause, self.now), now: self.now }
    }
}

/// An endpoint that reads.
pub(crate) async fn read(
    req: &HttpRequest,
    state: &State,
    job: impl FnOnce(&mut Conn, &Caller<'_>) -> Outcome + Send + 'static,
) -> HttpResponse {
    let call = Call::of(req, state);
    finish(req, state, call.read(OperatorScope::Read, job).await)
}

/// An endpoint that calls other servers before it writes.
pub(crate) async fn call(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl AsyncFnOnce(&Call, &State) -> Outcome,
) -> HttpResponse {
    let outcome = match Call::receive(req, payload, state).await {
        Ok(call) => job(&call, state).await,
        Err(problem) => Err(problem),
    };
    finish(req, state, outcome)
}

/// An endpoint that writes.
pub(crate) async fn change(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    job: impl FnOnce(&mut Tx<'_>, &Caller<'_>) -> Outcome + Send + 'static,
) -> HttpResponse {
    call(req, payload, state, async |call, _| call.change(job).await).await
}

/// The response for an outcome.
pub(crate) fn finish(req: &HttpRequest, state: &State, outcome: Outcome) -> HttpResponse {
    let problem = match outcome {
        Ok(answer) => return Answer::respond(answer),
        Err(problem) => problem,
    };
    if matches!(problem, Problem::Unauthenticated { .. })
        && let Err(wait) = state.limits().address(req)
    {
        // A wrong key counts against the address.
        return Problem::TooMany(wait).answer(req, state);
    }
    problem.answer(req, state)
}

impl Caller<'_> {
    pub fn state(&self) -> &State {
        &self.call.state
    }

    /// Whether plain http and private addresses are allowed (development).
    pub fn allow_insecure(&self) -> bool {
        self.state().config().okta.allow_insecure_issuers
    }

    /// The workspace in the path, if it is of this region.
    ///
    /// # Errors
    /// 404.
    pub fn workspace(&self, conn: &mut Conn) -> Result<Workspace, Problem> {
        let workspace_id = WorkspaceId::parse(self.segment("workspace")).ok_or(Problem::NotFound)?;
        let region = &self.state().config().region.name;
        workspaces::find(conn, &workspace_id, region)?.ok_or(Problem::NotFound)
    }

    /// The owner of what the path names: the workspace in the path, otherwise the deployment.
    ///
    /// # Errors
    /// 404.
    pub fn owner(&self, conn: &mut Conn) -> Result<WorkspaceId, Problem> {
        if self.segment("workspace").is_empty() {
            return Ok(ids::DEPLOYMENT.clone());
        }
        Ok(self.workspace(conn)?.workspace_id)
    }

    /// A UUID in the path.
    ///
    /// # Errors
    /// 404 when it is no UUID.
    pub fn id(&self, name: &str) -> Result<String, Problem> {
        ids::parse(self.segment(name)).ok_or(Problem::NotFound)
    }

    /// The id of the user in the path.
    ///
    /// # Errors
    /// 404 when it is no UUID.
    pub fn user_id(&self) -> Result<UserId, Problem> {
        UserId::parse(self.segment("user")).ok_or(Problem::NotFound)
    }

    /// A segment of the path, as sent.
    pub fn segment(&self, name: &str) -> &str {
        self.call.segments.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The query, which may have only these parameters, none of them empty.
    ///
    /// # Errors
    /// 400 or 422.
    pub fn query(&self, known: &[&str]) -> Result<&Parameters, Problem> {
        let query = self.call.query.as_ref().map_err(|error| Problem::from(error.clone()))?;
        // An empty filter must not match everybody.
        let parts = self.call.query_text.split('&').filter(|part| !part.is_empty());
        let empty = parts.filter(|part| part.split_once('=').is_none_or(|(_, value)| value.is_empty()));
        let empty: Vec<_> = empty
            .map(|part| (part.trim_end_matches('=').to_owned(), "must not be empty".to_owned()))
            .collect();
        if !empty.is_empty() {
            return Err(Problem::Invalid(empty));
        }
        let unknown: Vec<_> = query
            .names()
            .filter(|name| !known.contains(name))
            .map(|name| (name.to_owned(), "is no parameter of this address".to_owned()))
            .collect();
        if unknown.is_empty() { Ok(query) } else { Err(Problem::Invalid(unknown)) }
    }
}
