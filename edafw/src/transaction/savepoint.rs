//! Savepoints that know events.

use edafw_core::{Backend, Error, Result, Transaction};

use super::Tx;

impl<B: Backend> Tx<B> {
    /// Runs `work` in a savepoint. When it answers an error, everything since is undone: what was written, and
    /// the events, which are neither stored nor seen by any later phase. The transaction goes on either way.
    ///
    /// # Errors
    /// What `work` answers; and the database's error, after which the transaction can only be rolled back.
    ///
    /// # Cancel safety
    /// Dropped halfway, the savepoint stays open: the transaction can then only be rolled back, and `commit`
    /// does so.
    pub async fn savepoint<T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Self) -> Result<T, E>,
        E: From<Error>,
    {
        let depth = self.open_savepoint().await?;
        let (events, drained, refused) = (self.published.len(), self.drained, self.refused.clone());
        let result = work(self).await;
        self.savepoints = depth - 1;
        if result.is_ok() {
            self.inner()?.release(depth).await?;
        } else {
            self.published.truncate(events);
            self.stored.truncate(events);
            self.drained = drained;
            self.refused = refused;
            self.inner()?.rollback_to(depth).await?;
        }
        result
    }

    async fn open_savepoint(&mut self) -> Result<u32> {
        let depth = self.savepoints + 1;
        self.inner()?.savepoint(depth).await?;
        self.savepoints = depth;
        Ok(depth)
    }
}
