//! Signature checks of a state: in the queues of [`crate::crypto::verification`], and counted in the metrics.

use std::sync::Arc;

use vestibule_jose::{Jws, KeySet, SignatureError, verify};

use crate::{
    State,
    crypto::verification::{Busy, Unverified},
};

impl State {
    /// Verifies a signature with the keys of its supposed signer. `signer` identifies that signer: a connection or a client.
    pub async fn verify(&self, signer: &str, jws: &Arc<Jws>, keys: &Arc<KeySet>) -> Result<(), Unverified> {
        let (jws, keys) = (jws.clone(), keys.clone());
        Ok(self.verifying(signer, move || verify(&jws, &keys), |checked| *checked).await?.map(drop)?)
    }

    /// Runs a job whose work a stranger can make large, such as parsing what may be signed, in the same queues as verifications.
    ///
    /// # Errors
    /// [`Busy`]: the job did not run.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        signer: &str,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        self.verifications().run(signer, job).await
    }

    /// Runs a job that verifies a signature among other things; `outcome` reads from its result how the verification ended.
    ///
    /// # Errors
    /// [`Busy`]: the job did not run.
    pub async fn verifying<T: Send + 'static>(
        &self,
        signer: &str,
        check: impl FnOnce() -> T + Send + 'static,
        outcome: impl FnOnce(&T) -> Result<usize, SignatureError>,
    ) -> Result<T, Busy> {
        match self.verifications().run(signer, check).await {
            Ok(checked) => {
                match outcome(&checked) {
                    Ok(tried) => self.metrics().signature_checked("valid", tried),
                    Err(error) => self.metrics().signature_checked("invalid", error.tried()),
                }
                Ok(checked)
            }
            Err(busy) => {
                self.metrics().signature_checked("busy", 0);
                Err(busy)
            }
        }
    }
}
