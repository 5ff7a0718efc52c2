//! Keys of this service provider for SAML: made when first needed, sealed in the database, published in our metadata. They sign requests
//! and decrypt assertions. They are apart from the keys of JWTs, because administrators enter their certificates by hand at providers.

use secrecy::ExposeSecret;
use vestibule_core::{
    ids::DEPLOYMENT,
    time::{Micros, SECOND},
};
use vestibule_saml::{
    certificate::parse_pasted,
    request::{RequestError, Signer},
};
use vestibule_store::{
    Database, Error,
    providers::saml_keys::{self, PUBLISHED_BEFORE, SamlKey},
};

use crate::{
    State,
    crypto::{
        seal::{Sealer, columns::saml_key_context},
        signing::SigningError,
    },
};

impl From<RequestError> for SigningError {
    fn from(error: RequestError) -> Self {
        SigningError::Key(error.to_string())
    }
}

/// A published key.
pub struct OwnKey {
    /// The private key and its certificate.
    pub signer: Signer,
    /// Whether it signs now.
    pub is_current: bool,
}

/// All published keys, the newest first: at least one.
pub async fn all(state: &State) -> Result<Vec<OwnKey>, SigningError> {
    let (now, of_job) = (state.now(), state.clone());
    let found = state.read(move |conn| open_all(&of_job, &saml_keys::list(conn, now)?, now)).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let of_job = state.clone();
    state
        .job(move |database| {
            let first = make(of_job.sealer(), host(&of_job), (now, now))?;
            let keys = database.write(|conn| saml_keys::begin(conn, &first, now))?;
            open_all(&of_job, &keys, now)
        })
        .await
}

/// Publishes the next key, which signs after 30 days. Returns false while one waits already. With `at_once` the new key replaces all
/// others now.
pub fn rotate(
    database: &Database,
    sealer: &Sealer,
    (host, at_once): (&str, bool),
    now: Micros,
) -> Result<bool, SigningError> {
    let signs_from = if at_once || database.read(|conn| saml_keys::list(conn, now))?.is_empty() {
        now
    } else {
        now + PUBLISHED_BEFORE
    };
    let next = make(sealer, host, (signs_from, now))?;
    Ok(database.write(|conn| {
        if at_once {
            saml_keys::replace(conn, &next)?;
            return Ok::<_, Error>(true);
        }
        saml_keys::succeed(conn, &next, now)
    })?)
}

fn open_all(state: &State, keys: &[SamlKey], now: Micros) -> Result<Vec<OwnKey>, SigningError> {
    let open = |key: &SamlKey| {
        let signer = open(state.sealer(), key)?;
        Ok(OwnKey { signer, is_current: key.is_current(now) })
    };
    keys.iter().map(open).collect()
}

fn host(state: &State) -> &str {
    &state.config().region.api_url
}

fn make(sealer: &Sealer, host: &str, (signs_from, now): (Micros, Micros)) -> Result<SamlKey, SigningError> {
    let signer = Signer::generate(host.trim_start_matches("https://"), now / SECOND)?;
    let certificate = signer.certificate();
    let key_id = certificate.fingerprint();
    Ok(SamlKey {
        workspace_id: DEPLOYMENT.clone(),
        private_key: sealer.seal(&saml_key_context(&key_id), &signer.private_key_pem()?)?,
        certificate: certificate.base64(),
        key_id,
        created_at: now,
        signs_from,
        signs_until: None,
    })
}

fn open(sealer: &Sealer, key: &SamlKey) -> Result<Signer, SigningError> {
    let pem = sealer.open(&saml_key_context(&key.key_id), &key.private_key)?;
    let corrupt = |error| Error::corrupt("saml_keys.certificate", &[&key.key_id], error);
    let certificate = parse_pasted(&key.certificate).map_err(corrupt)?.into_iter().next();
    let certificate = certificate.ok_or_else(|| SigningError::Key("it has no certificate".to_owned()))?;
    Ok(Signer::from_pem(pem.expose_secret(), certificate)?)
}
