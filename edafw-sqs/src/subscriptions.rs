//! The subscriptions of queues to topics.

use std::collections::BTreeSet;

use edafw_core::{Binding, Result};
use serde_json::Value;

use crate::error::{Doing, is_missing};
use crate::message::EVENT;
use crate::names;
use crate::transport::SqsTransport;

/// A queue's subscription to a topic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subscription {
    pub(crate) arn: String,
    /// The topic's name in the topology.
    pub(crate) topic: String,
    /// The queue's name in AWS.
    pub(crate) queue: String,
    pub(crate) filter: Option<Value>,
    pub(crate) raw: bool,
}

impl Subscription {
    /// What it brings.
    pub(crate) fn bindings(&self) -> BTreeSet<Binding> {
        let binding = |event| Binding { topic: self.topic.clone(), event };
        let Some(filter) = &self.filter else { return BTreeSet::from([binding(None)]) };
        let events = filter.get(EVENT).and_then(Value::as_array);
        let names = events.into_iter().flatten().filter_map(Value::as_str);
        names.map(|name| binding(Some(name.to_owned()))).collect()
    }
}

impl SqsTransport {
    /// The subscriptions of a topic whose queues are of this account and region and pass `wanted`; none where the topic
    /// does not exist.
    pub(crate) async fn subscriptions(
        &self,
        topic: &str,
        account: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Subscription>> {
        let name = names::topic(&self.config, topic);
        let doing = Doing { right: "sns:ListSubscriptionsByTopic", resource: &name };
        let topic_arn = names::arn(&self.config, "sns", account, &name);
        let here = names::arn(&self.config, "sqs", account, "");
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.sns.list_subscriptions_by_topic().topic_arn(&topic_arn).set_next_token(next);
            let page = match request.send().await.map_err(|error| doing.failed(error)) {
                Err(error) if is_missing(&error) => return Ok(Vec::new()),
                page => page?,
            };
            for one in page.subscriptions() {
                let queue = one.endpoint().and_then(|endpoint| endpoint.strip_prefix(&here));
                let arn = one.subscription_arn().filter(|arn| arn.starts_with("arn:"));
                if let (Some(queue), Some(arn), Some("sqs")) = (queue, arn, one.protocol())
                    && wanted(queue)
                {
                    found.push((arn.to_owned(), queue.to_owned()));
                }
            }
            next = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        let mut subscriptions = Vec::with_capacity(found.len());
        for (arn, queue) in found {
            subscriptions.extend(self.subscription(topic, arn, queue).await?);
        }
        Ok(subscriptions)
    }

    async fn subscription(&self, topic: &str, arn: String, queue: String) -> Result<Option<Subscription>> {
        let doing = Doing { right: "sns:GetSubscriptionAttributes", resource: &arn };
        let request = self.sns.get_subscription_attributes().subscription_arn(&arn);
        let answer = match request.send().await.map_err(|error| doing.failed(error)) {
            // Somebody has removed it since it was listed.
            Err(error) if is_missing(&error) => return Ok(None),
            answer => answer?,
        };
        let attribute = |name: &str| answer.attributes()?.get(name).map(String::as_str);
        let filter = attribute("FilterPolicy").and_then(|text| serde_json::from_str(text).ok());
        let raw = attribute("RawMessageDelivery") == Some("true");
        let filter =
            filter.filter(|value: &Value| value.as_object().is_some_and(|object| !object.is_empty()));
        Ok(Some(Subscription { topic: topic.to_owned(), queue, filter, raw, arn }))
    }

    /// Subscribes, or makes an existing subscription as declared.
    pub(crate) async fn subscribe(
        &self,
        topic_arn: &str,
        queue_arn: &str,
        existing: Option<&Subscription>,
        filter: Option<&Value>,
    ) -> Result<()> {
        let Some(existing) = existing else {
            let doing = Doing { right: "sns:Subscribe", resource: topic_arn };
            let mut request = self
                .sns
                .subscribe()
                .topic_arn(topic_arn)
                .protocol("sqs")
                .endpoint(queue_arn)
                .attributes("RawMessageDelivery", "true")
                .return_subscription_arn(true);
            if let Some(filter) = filter {
                request = request.attributes("FilterPolicy", filter.to_string());
            }
            request.send().await.map_err(|error| doing.failed(error))?;
            return Ok(());
        };
        if !existing.raw {
            self.set_subscription(&existing.arn, "RawMessageDelivery", "true").await?;
        }
        if existing.filter.as_ref() != filter {
            let policy = filter.map_or_else(|| "{}".to_owned(), Value::to_string);
            self.set_subscription(&existing.arn, "FilterPolicy", &policy).await?;
        }
        Ok(())
    }

    async fn set_subscription(&self, arn: &str, name: &str, value: &str) -> Result<()> {
        let doing = Doing { right: "sns:SetSubscriptionAttributes", resource: arn };
        let request = self.sns.set_subscription_attributes().subscription_arn(arn);
        let request = request.attribute_name(name).attribute_value(value);
        request.send().await.map_err(|error| doing.failed(error)).map(drop)
    }

    pub(crate) async fn unsubscribe(&self, subscription: &Subscription) -> Result<()> {
        let doing = Doing { right: "sns:Unsubscribe", resource: &subscription.arn };
        let request = self.sns.unsubscribe().subscription_arn(&subscription.arn);
        match request.send().await.map_err(|error| doing.failed(error)) {
            Err(error) if !is_missing(&error) => Err(error),
            _ => Ok(()),
        }
    }
}
