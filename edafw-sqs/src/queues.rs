//! Which queues in AWS a queue of the topology is, found once and kept in mind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_sdk_sqs::Client;
use edafw_core::{Error, ErrorKind, Ordering, Result};

use crate::config::{SqsConfig, Topics};
use crate::declared::{Declared, DeclaredQueue};
use crate::error::{Doing, is_missing};
use crate::names::{self, Kind};

/// A queue that exists in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Physical {
    pub(crate) name: Arc<str>,
    pub(crate) url: Arc<str>,
    pub(crate) kind: Kind,
}

/// A queue of the topology in AWS.
///
/// SQS can neither rename a queue nor change its kind: another one takes its place, and the former ones are emptied
/// first, so that no message is lost and no event overtakes an earlier one of its key.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) queue: Physical,
    /// Those that may still hold messages.
    former: Mutex<Vec<Physical>>,
}

impl Place {
    pub(crate) fn former(&self) -> Vec<Physical> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note that a former queue is empty, and nothing comes to it any more.
    pub(crate) fn forget(&self, emptied: &Physical) {
        self.former.lock().unwrap_or_else(PoisonError::into_inner).retain(|one| one != emptied);
    }
}

/// The queues that were looked up.
#[derive(Debug)]
pub(crate) struct Queues {
    sqs: Client,
    config: SqsConfig,
    pub(crate) declared: Declared,
    places: RwLock<HashMap<String, Arc<Place>>>,
    by_name: RwLock<HashMap<String, Physical>>,
    account: RwLock<Option<String>>,
}

impl Queues {
    pub(crate) fn new(sqs: Client, config: SqsConfig) -> Self {
        let account = RwLock::new(config.account.clone());
        Self {
            sqs,
            config,
            declared: Declared::default(),
            places: RwLock::default(),
            by_name: RwLock::default(),
            account,
        }
    }

    /// The queue, and what it was before.
    ///
    /// # Errors
    /// `NotFound` where it does not exist.
    pub(crate) async fn place(&self, queue: &str) -> Result<Arc<Place>> {
        if let Some(known) = self.places.read().unwrap_or_else(PoisonError::into_inner).get(queue) {
            return Ok(Arc::clone(known));
        }
        let declared = self.declared.queue(queue);
        let mut found = None;
        for kind in self.kinds(declared.as_ref()) {
            if found.is_none() {
                found = self.look_up(&names::queue(&self.config, queue, kind)).await?;
            }
        }
        let Some(found) = found else {
            let name = names::queue(&self.config, queue, self.kind(declared.as_ref()));
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "the queue {name} does not exist in {}: run `provision apply`, or correct region and prefix",
                    self.config.region
                ),
            ));
        };
        let mut former = Vec::new();
        for name in self.former_names(queue, found.kind, declared.as_ref()) {
            former.extend(self.look_up(&name).await?);
        }
        let place = Arc::new(Place { queue: found, former: Mutex::new(former) });
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(places.entry(queue.to_owned()).or_insert(place)))
    }

    /// Forgets what was found of a queue, because it may be another one now.
    pub(crate) fn forget(&self, queue: &str) {
        self.places.write().unwrap_or_else(PoisonError::into_inner).remove(queue);
    }

    /// Forgets everything of a queue of which AWS says that it does not exist.
    pub(crate) fn is_gone(&self, physical: &Physical) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(&*physical.name);
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| place.queue != *physical);
    }

    /// The names in AWS of what may still hold messages of the queue.
    pub(crate) fn former_names(
        &self,
        queue: &str,
        kind: Kind,
        declared: Option<&DeclaredQueue>,
    ) -> Vec<String> {
        let mut former = vec![names::queue(&self.config, queue, kind.other())];
        for name in declared.iter().flat_map(|declared| &declared.formerly) {
            former.extend([kind, kind.other()].map(|kind| names::queue(&self.config, name, kind)));
        }
        former
    }

    /// The kind that a queue should have.
    pub(crate) fn kind(&self, declared: Option<&DeclaredQueue>) -> Kind {
        match (self.config.topics, declared.map(|declared| declared.ordering)) {
            (Topics::Standard, _) | (_, Some(Ordering::None)) => Kind::Standard,
            (Topics::Fifo, _) => Kind::Fifo,
        }
    }

    /// The kinds that it may have: one where it is declared.
    fn kinds(&self, declared: Option<&DeclaredQueue>) -> Vec<Kind> {
        let kind = self.kind(declared);
        if declared.is_some() { vec![kind] } else { vec![kind, kind.other()] }
    }

    /// A queue by its name in AWS; `None` where it does not exist.
    pub(crate) async fn look_up(&self, name: &str) -> Result<Option<Physical>> {
        if let Some(known) = self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Some(known.clone()));
        }
        let doing = Doing { right: "sqs:GetQueueUrl", resource: name };
        match self.sqs.get_queue_url().queue_name(name).send().await.map_err(|error| doing.failed(error)) {
            Ok(answer) => Ok(answer.queue_url().map(|url| self.remember(name, url))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes note of a queue that exists.
    pub(crate) fn remember(&self, name: &str, url: &str) -> Physical {
        let physical = Physical { name: name.into(), url: url.into(), kind: names::kind_of(name) };
        let mut known = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), physical.clone());
        if let Some(account) = url.rsplit('/').nth(1).filter(|part| is_account(part)) {
            self.learn_account(account);
        }
        physical
    }

    /// Takes note of the account, as an ARN or a URL shows it.
    pub(crate) fn learn_account(&self, account: &str) {
        let mut known = self.account.write().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_with(|| account.to_owned());
    }

    /// The account, where it is known.
    pub(crate) fn known_account(&self) -> Option<String> {
        self.account.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account, which the URL of any queue of the service shows.
    ///
    /// # Errors
    /// `NotFound` where the service has no queue.
    pub(crate) async fn account(&self) -> Result<String> {
        for queue in self.declared.names() {
            if self.known_account().is_some() {
                break;
            }
            match self.place(&queue).await {
                Err(error) if !is_missing(&error) => return Err(error),
                _ => {}
            }
        }
        self.known_account().ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!(
                    "no queue of this service exists in {}, so that its account is not known: run `provision apply`, \
                     correct region and prefix, or name the account in the URL",
                    self.config.region
                ),
            )
        })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
