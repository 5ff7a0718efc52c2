//! Reports certificates that end soon: one event 90, 30, 7 and 1 days before the end. The certificate only carries a key, so its end stops
//! no sign-in here; the provider replaces it about then, and the new one must be known before.

use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Conn, Error, Tx,
    providers::{
        saml_certificates::{self, SamlCertificate},
        saml_connections::SamlConnection,
    },
    trail::events::{self, Cause, Target, kinds::SamlCertificateEnding},
};

/// Days before the end at which it is reported, the nearest first.
pub const THRESHOLDS: [i64; 4] = [1, 7, 30, 90];

const DAY: i64 = 24 * 3600;

/// A certificate whose end is to be reported.
#[derive(Debug, Clone)]
pub struct Ending {
    certificate: SamlCertificate,
    connection: SamlConnection,
    threshold: i64,
}

/// Lists certificates whose end is to be reported now.
pub fn due(conn: &mut Conn, region: &str, now: Micros) -> Result<Vec<Ending>, Error> {
    let second = now / SECOND;
    let mut due: Vec<Ending> = Vec::new();
    for threshold in THRESHOLDS {
        let found = saml_certificates::list_ending(conn, region, (second + threshold * DAY, threshold))?;
        for (certificate, connection) in found {
            // The nearest threshold comes first.
            let is_listed = due.iter().any(|other| {
                other.certificate.fingerprint == certificate.fingerprint
                    && other.certificate.connection_id == certificate.connection_id
            });
            if !is_listed {
                due.push(Ending { certificate, connection, threshold });
            }
        }
    }
    Ok(due)
}

/// Records the event, unless another node has done so.
pub fn record(conn: &mut Tx<'_>, ending: &Ending, now: Micros) -> Result<(), Error> {
    let Ending { certificate, connection, threshold } = ending;
    if !saml_certificates::warned(conn, certificate, *threshold)? {
        return Ok(());
    }
    let data = SamlCertificateEnding {
        connection: &connection.connection_id,
        name: &connection.name,
        fingerprint: &certificate.fingerprint,
        not_after: certificate.not_after,
        days: (certificate.not_after - now / SECOND).div_euclid(DAY),
    };
    let cause = Cause::new("vestibule", String::new());
    events::record(conn, &connection.workspace_id, &cause, Target::Connection, &data, now).map(drop)
}
