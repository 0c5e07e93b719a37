//! Deliveries that share a commit.
//!
//! A transaction per delivery is bound by the disk's answer to COMMIT, so deliveries that wait together for
//! one subscriber share one. When one of them fails, all is undone and they run one by one: no neighbour
//! loses an attempt or sees the failure.

use std::collections::{HashMap, HashSet};

use edafw_core::{Backend, InboxState, Receipt, Result, Transaction, kill};

use super::call::{call, scope};
use super::consumer::Consumer;
use super::incoming::{Incoming, Member};
use super::stats::count;
use crate::Tx;

/// What became of deliveries that shared a commit.
pub(crate) enum Shared {
    /// All of them took effect or were recognised.
    Committed,
    /// Nothing took effect: they must run one by one.
    Undone,
}

impl<B: Backend> Consumer<B> {
    /// Runs fresh deliveries of the queue's only subscriber in one transaction.
    pub(crate) async fn handle_shared(&self, member: &Member, incoming: &[Incoming]) -> Result<Shared> {
        let Some(handled) = self.commit_shared(member, incoming).await? else { return Ok(Shared::Undone) };
        let (counters, name) = (&member.counters, &member.registered.name);
        count(&counters.handled, name, "handled", handled);
        count(&counters.duplicates, name, "duplicate", incoming.len() - handled);
        count(&counters.commits, name, "commit", 1);
        if !self.colocated {
            self.acknowledge(incoming.iter().map(|one| &one.receipt)).await?;
        }
        Ok(Shared::Committed)
    }

    /// Handles these in one transaction: how many were handled, or `None` if nothing took effect, because one of them
    /// failed.
    pub(crate) async fn commit_shared(
        &self,
        member: &Member,
        incoming: &[Incoming],
    ) -> Result<Option<usize>> {
        let turn = self.turn.lock().await;
        let mut tx = self.app.begin().await?;
        let Some(handled) = self.try_shared(member, incoming, &mut tx).await? else {
            tx.abandon().await;
            return Ok(None);
        };
        kill::point("worker.handled");
        // The next batch may run: what it waits for is on its way.
        drop(turn);
        match tx.commit().await {
            Ok(()) => {}
            Err(error) if error.is_commit_unknown() => return Err(error),
            Err(_) => return Ok(None),
        }
        kill::point("worker.committed");
        Ok(Some(handled))
    }

    /// Everything but the commit: how many were handled, or `None` if one of them failed.
    async fn try_shared(
        &self,
        member: &Member,
        incoming: &[Incoming],
        tx: &mut Tx<B>,
    ) -> Result<Option<usize>> {
        let entries: Vec<_> = incoming.iter().map(|one| one.entry(member)).collect();
        let states = tx.inner()?.look_up(&entries).await?;
        if states.iter().any(|state| matches!(state, InboxState::Held | InboxState::Paused)) {
            return Ok(None);
        }
        // The same act may be here twice, when it was sent twice.
        let mut seen = HashSet::new();
        let fresh: Vec<usize> = (0..incoming.len())
            .filter(|&index| states[index] == InboxState::New && seen.insert(&entries[index]))
            .collect();
        let slice = member.registered.options.batch.map(|most| most.get() as usize);
        let handled = match slice {
            None => self.handle_each(member, incoming, &fresh, tx).await?,
            Some(most) => self.handle_slices(member, incoming, &fresh, most, tx).await?,
        };
        if !handled {
            return Ok(None);
        }
        let entries_by_index: HashMap<usize, _> = entries.iter().cloned().enumerate().collect();
        let new: Vec<_> = fresh.iter().filter_map(|index| entries_by_index.get(index).cloned()).collect();
        let recorded = tx.inner()?.record(&new).await;
        if recorded.as_ref().is_err_and(edafw_core::Error::is_fenced) {
            return Ok(None);
        }
        recorded?;
        if self.colocated {
            let receipts: Vec<Receipt> = incoming.iter().map(|one| one.receipt.clone()).collect();
            let acknowledged = tx.inner()?.acknowledge(&receipts).await;
            if acknowledged.as_ref().is_err_and(edafw_core::Error::is_fenced) {
                return Ok(None);
            }
            acknowledged?;
        }
        Ok(Some(fresh.len()))
    }

    async fn handle_each(
        &self,
        member: &Member,
        incoming: &[Incoming],
        fresh: &[usize],
        tx: &mut Tx<B>,
    ) -> Result<bool> {
        // Only what takes the application by value sees which delivery it works on.
        let mut handed = None;
        for one in fresh.iter().map(|&index| &incoming[index]) {
            if !member.registered.options.writes_only {
                handed = None;
            }
            let handed = handed.get_or_insert_with(|| scope(&self.app, member, one, 1));
            let Ok(event) = one.decode(member) else { return Ok(false) };
            tx.set_cause(one.cause());
            if call(member, one, &*event, Some(&mut *tx), handed).await.is_err() || tx.drain().await.is_err()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn handle_slices(
        &self,
        member: &Member,
        incoming: &[Incoming],
        fresh: &[usize],
        most: usize,
        tx: &mut Tx<B>,
    ) -> Result<bool> {
        for slice in fresh.chunks(most) {
            let mut events = Vec::with_capacity(slice.len());
            for &index in slice {
                let Ok(event) = incoming[index].decode(member) else { return Ok(false) };
                events.push(event);
            }
            let events = (member.registered.event.collect)(events);
            let Some(&first) = slice.first() else { continue };
            let scope = scope(&self.app, member, &incoming[first], 1);
            tx.set_cause(incoming[first].cause());
            let called = call(member, &incoming[first], &*events, Some(&mut *tx), &scope).await;
            if called.is_err() || tx.drain().await.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
