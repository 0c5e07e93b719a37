//! Topics, queues and subscriptions: what is declared, what exists, and making the one the other.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::types::QueueAttributeName;
use edafw_core::{Binding, BoxFuture, Drift, Error, Provision, Queue, Result, Topology};
use serde_json::{Value, json};

use crate::error::Doing;
use crate::names::{self, Kind};
use crate::queues::Physical;
use crate::settings::{self, Settings, topics_of};
use crate::subscriptions::Subscription;
use crate::transport::SqsTransport;

/// What exists of a service.
struct Existing {
    /// The queues by their names in AWS, with their settings.
    queues: BTreeMap<String, (Physical, Settings)>,
    subscriptions: Vec<Subscription>,
}

impl Existing {
    fn subscriptions_of<'a>(&'a self, queues: &[String]) -> impl Iterator<Item = &'a Subscription> {
        let queues = queues.to_vec();
        self.subscriptions.iter().filter(move |one| queues.contains(&one.queue))
    }
}

impl Provision for SqsTransport {
    fn plan<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        Box::pin(async move {
            self.learn(topology);
            let existing = self.existing(topology).await?;
            self.compare(topology, &existing).await
        })
    }

    fn apply<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        Box::pin(async move {
            self.learn(topology);
            check_filters(topology)?;
            let existing = self.existing(topology).await?;
            let drift = self.compare(topology, &existing).await?;
            let mut topics = BTreeMap::new();
            for topic in &topology.topics {
                topics.insert(&**topic, self.make_topic(topic, topology).await?);
            }
            for queue in &topology.queues {
                if drift.iter().any(|one| is_of(one, &queue.name)) {
                    self.make_queue(queue, topology, &topics, &existing).await?;
                }
            }
            Ok(drift)
        })
    }
}

impl SqsTransport {
    fn learn(&self, topology: &Topology) {
        for changed in self.queues.declared.learn(topology) {
            self.queues.forget(&changed);
        }
    }

    /// Everything that exists of what is declared, was declared under a former name, or gets events of the topics.
    async fn existing(&self, topology: &Topology) -> Result<Existing> {
        let mut queues = BTreeMap::new();
        for queue in &topology.queues {
            for name in std::iter::once(settings::name(&self.config, queue)).chain(self.former(queue)) {
                if let Some(physical) = self.queues.look_up(&name).await?
                    && let Some(settings) = self.read_settings(&physical).await?
                {
                    queues.insert(name, (physical, settings));
                }
            }
        }
        let Some(account) = self.queues.known_account() else {
            return Ok(Existing { queues, subscriptions: Vec::new() });
        };
        let wanted = |name: &str| {
            queues.contains_key(name)
                || names::queue_of_service(&self.config, &topology.service, name).is_some()
        };
        let mut subscriptions = Vec::new();
        for topic in &topology.topics {
            subscriptions.extend(self.subscriptions(topic, &account, wanted).await?);
        }
        Ok(Existing { queues, subscriptions })
    }

    /// The names in AWS that a queue had, or would have in another order.
    fn former(&self, queue: &Queue) -> Vec<String> {
        let declared = self.queues.declared.queue(&queue.name);
        self.queues.former_names(&queue.name, settings::kind(&self.config, queue), declared.as_ref())
    }

    async fn read_settings(&self, queue: &Physical) -> Result<Option<Settings>> {
        let doing = Doing { right: "sqs:GetQueueAttributes", resource: &queue.name };
        let request = self.sqs.get_queue_attributes().queue_url(&*queue.url);
        let request = request.attribute_names(QueueAttributeName::All);
        match request.send().await.map_err(|error| doing.failed(error)) {
            Err(error) if crate::error::is_missing(&error) => {
                self.queues.is_gone(queue);
                Ok(None)
            }
            answer => Ok(Some(answer?.attributes.unwrap_or_default().into_iter().collect())),
        }
    }

    async fn compare(&self, topology: &Topology, existing: &Existing) -> Result<Vec<Drift>> {
        let mut drift = Vec::new();
        let mut claimed = BTreeSet::new();
        for queue in &topology.queues {
            let former = self.former(queue);
            self.compare_queue(queue, &former, existing, &mut drift);
            claimed.insert(settings::name(&self.config, queue));
            claimed.extend(former);
        }
        let others: BTreeSet<&str> = existing.subscriptions.iter().map(|one| &*one.queue).collect();
        for name in others.into_iter().filter(|name| !claimed.contains(*name)) {
            let Some(queue) = names::queue_of_service(&self.config, &topology.service, name) else {
                continue;
            };
            let Some(physical) = self.queues.look_up(name).await? else { continue };
            drift.push(Drift::UndeclaredQueue { queue, messages: self.count(&physical).await? });
        }
        Ok(drift)
    }

    fn compare_queue(&self, queue: &Queue, former: &[String], existing: &Existing, drift: &mut Vec<Drift>) {
        let own = settings::name(&self.config, queue);
        let found = existing.queues.get(&own);
        // A queue that still gets events is not yet replaced.
        let replaced = former.iter().find(|name| {
            existing.queues.contains_key(*name)
                && (found.is_none() || existing.subscriptions_of(&[(*name).clone()]).next().is_some())
        });
        let name = || queue.name.clone();
        match replaced {
            Some(replaced) if *replaced == former[0] => {
                drift.push(Drift::OrderingDiffers { queue: name(), declared: queue.ordering });
            }
            Some(replaced) => {
                let from = queue.formerly.iter().find(|formerly| {
                    [Kind::Fifo, Kind::Standard]
                        .iter()
                        .any(|kind| names::queue(&self.config, formerly, *kind) == *replaced)
                });
                drift.push(Drift::RenamedQueue { from: from.unwrap_or(replaced).clone(), to: name() });
            }
            None if found.is_none() => drift.push(Drift::MissingQueue { queue: name() }),
            None => {}
        }
        let mut all = former.to_vec();
        all.push(own);
        let present: BTreeSet<Binding> =
            existing.subscriptions_of(&all).flat_map(Subscription::bindings).collect();
        let declared = declared_bindings(queue);
        for binding in declared.difference(&present) {
            drift.push(Drift::MissingBinding { queue: name(), binding: binding.clone() });
        }
        for binding in present.difference(&declared) {
            drift.push(Drift::ExtraBinding { queue: name(), binding: binding.clone() });
        }
        if let Some((physical, present)) = found {
            self.compare_settings(queue, physical, present, existing, drift);
        }
    }

    fn compare_settings(
        &self,
        queue: &Queue,
        physical: &Physical,
        present: &Settings,
        existing: &Existing,
        drift: &mut Vec<Drift>,
    ) {
        let Some(account) = self.queues.known_account() else { return };
        let differs = |setting: &str, declared: String, found: Option<String>| Drift::SettingDiffers {
            queue: queue.name.clone(),
            setting: setting.to_owned(),
            declared,
            found,
        };
        for (name, declared) in self.declared_settings(queue, physical, &account) {
            let found = present.get(&name);
            if !found.is_some_and(|found| same(found, &declared)) {
                drift.push(differs(name.as_str(), declared, found.cloned()));
            }
        }
        let packed = existing.subscriptions_of(&[physical.name.to_string()]).find(|one| !one.raw);
        if packed.is_some() {
            drift.push(differs("RawMessageDelivery", "true".to_owned(), Some("false".to_owned())));
        }
    }

    /// What an existing queue must be set to.
    fn declared_settings(&self, queue: &Queue, physical: &Physical, account: &str) -> Settings {
        let arn = |service, name: &str| names::arn(&self.config, service, account, name);
        let dead = names::dead_letter_queue(&self.config, &queue.name, physical.kind);
        let topics: Vec<Value> = topics_of(queue)
            .into_iter()
            .map(|topic| json!(arn("sns", &names::topic(&self.config, topic))))
            .collect();
        let policy = settings::policy(&json!(arn("sqs", &physical.name)), &topics);
        let mut declared = settings::of_queue(&self.config);
        declared.insert(QueueAttributeName::RedrivePolicy, settings::redrive(&arn("sqs", &dead)).to_string());
        declared.insert(QueueAttributeName::Policy, policy.to_string());
        declared
    }

    /// Makes sure of a topic; answers its ARN.
    async fn make_topic(&self, topic: &str, topology: &Topology) -> Result<String> {
        let name = names::topic(&self.config, topic);
        let doing = Doing { right: "sns:CreateTopic", resource: &name };
        let mut request = self.sns.create_topic().name(&name);
        for (setting, value) in settings::of_topic(&self.config) {
            request = request.attributes(setting, value);
        }
        // A topic of another service has that one's tags.
        let owner = topic.rsplit_once('.').map_or(topic, |(service, _)| service);
        if owner == topology.service {
            for (key, value) in settings::tags(topology) {
                let tag = aws_sdk_sns::types::Tag::builder().key(key).value(value).build();
                request = request.tags(tag.map_err(unsendable)?);
            }
        }
        let answer = request.send().await.map_err(|error| doing.failed(error))?;
        let arn = answer.topic_arn().unwrap_or_default().to_owned();
        if let Some(account) = arn.split(':').nth(4) {
            self.queues.learn_account(account);
        }
        Ok(arn)
    }

    /// Makes sure of a queue, its dead letter queue, its settings and its subscriptions. What it replaces gets nothing
    /// any more and is kept until it is empty.
    async fn make_queue(
        &self,
        queue: &Queue,
        topology: &Topology,
        topics: &BTreeMap<&str, String>,
        existing: &Existing,
    ) -> Result<()> {
        let kind = settings::kind(&self.config, queue);
        let dead = names::dead_letter_queue(&self.config, &queue.name, kind);
        self.create(&dead, kind, topology).await?;
        let physical = self.create(&settings::name(&self.config, queue), kind, topology).await?;
        let account = self.queues.account().await?;
        let doing = Doing { right: "sqs:SetQueueAttributes", resource: &physical.name };
        let wanted = self.declared_settings(queue, &physical, &account);
        let request = self.sqs.set_queue_attributes().queue_url(&*physical.url);
        let request = request.set_attributes(Some(wanted.into_iter().collect()));
        request.send().await.map_err(|error| doing.failed(error))?;

        let queue_arn = names::arn(&self.config, "sqs", &account, &physical.name);
        let own: Vec<&Subscription> = existing.subscriptions_of(&[physical.name.to_string()]).collect();
        let declared = topics_of(queue);
        for topic in &declared {
            let Some(topic_arn) = topics.get(topic) else { continue };
            let present = own.iter().find(|one| one.topic == *topic).copied();
            let filter = settings::filter(queue, topic);
            self.subscribe(topic_arn, &queue_arn, present, filter.as_ref()).await?;
        }
        // Only now, so that no event falls between the two.
        let extra = own.into_iter().filter(|one| !declared.contains(&&*one.topic));
        let replaced = self.former(queue);
        for subscription in extra.chain(existing.subscriptions_of(&replaced)) {
            self.unsubscribe(subscription).await?;
        }
        self.queues.forget(&queue.name);
        Ok(())
    }

    async fn create(&self, name: &str, kind: Kind, topology: &Topology) -> Result<Physical> {
        if let Some(known) = self.queues.look_up(name).await? {
            return Ok(known);
        }
        let doing = Doing { right: "sqs:CreateQueue", resource: name };
        let mut attributes = settings::of_queue(&self.config);
        attributes.extend(settings::of_kind(kind));
        let mut request = self.sqs.create_queue().queue_name(name);
        request = request.set_attributes(Some(attributes.into_iter().collect()));
        for (key, value) in settings::tags(topology) {
            request = request.tags(key, value);
        }
        let answer = request.send().await.map_err(|error| doing.failed(error))?;
        let url = answer.queue_url().ok_or_else(|| doing.answered("NoUrl", "the answer names no queue"))?;
        Ok(self.queues.remember(name, url))
    }
}

/// The declared bindings; where all events of a topic are declared, its single ones say nothing more.
fn declared_bindings(queue: &Queue) -> BTreeSet<Binding> {
    let all = |topic: &str| queue.bindings.iter().any(|one| one.topic == topic && one.event.is_none());
    queue.bindings.iter().filter(|one| one.event.is_none() || !all(&one.topic)).cloned().collect()
}

/// Whether two values of a setting say the same; those that are JSON in any form.
fn same(found: &str, declared: &str) -> bool {
    fn read(text: &str) -> Option<Value> {
        let mut value: Value = serde_json::from_str(text).ok()?;
        // AWS gives the count back as it was sent, as a number or as text.
        if let Some(count) = value.get_mut("maxReceiveCount")
            && let Some(number) = count.as_str().and_then(|text| text.parse::<u32>().ok())
        {
            *count = json!(number);
        }
        Some(value)
    }
    found == declared || (declared.starts_with('{') && read(found) == read(declared))
}

fn is_of(drift: &Drift, name: &str) -> bool {
    match drift {
        Drift::MissingQueue { queue }
        | Drift::RenamedQueue { to: queue, .. }
        | Drift::MissingBinding { queue, .. }
        | Drift::ExtraBinding { queue, .. }
        | Drift::OrderingDiffers { queue, .. }
        | Drift::SettingDiffers { queue, .. } => queue == name,
        Drift::UndeclaredQueue { .. } => false,
    }
}

fn check_filters(topology: &Topology) -> Result<()> {
    for queue in &topology.queues {
        for topic in topics_of(queue) {
            let events = queue.bindings.iter().filter(|one| one.topic == topic).count();
            if events > settings::MOST_EVENTS {
                return Err(Error::configuration(format!(
                    "the queue {} gets {events} different events of {topic}; SNS takes {} in one filter: divide it",
                    queue.name,
                    settings::MOST_EVENTS
                )));
            }
        }
    }
    Ok(())
}

fn unsendable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::configuration("the request could not be made").caused_by(error)
}
