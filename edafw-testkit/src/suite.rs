//! The lists of behaviours, and the macros that turn them into tests.

/// Turns every behaviour of [`store`](crate::store) into a `#[tokio::test]`, for one fixture.
///
/// The crate that calls it needs `tokio` with `macros` and `rt`. Tests are in modules named as the files of
/// [`store`](crate::store); a second suite in the same file goes into a module of its own.
#[macro_export]
macro_rules! store_suite {
    ($fixture:ty) => {
        $crate::suite! {
            $fixture, store;
            publish: committed_is_stored rolled_back_is_nothing dropped_is_nothing uncommitted_is_invisible
                transactions_keep_their_order a_thousand_in_one_transaction texts_survive an_id_is_stored_once
                stored_through_a_foreign_connection two_handles_share_one_place;
            producer_key: taken_once other_sources_and_names_are_free freed_by_rollback concurrent_takers;
            transaction: savepoints_undo_their_own ended_behind_its_back a_swallowed_error_is_no_silent_loss
                a_dropped_connection_is_closed a_cancelled_begin_leaves_nothing a_waiting_begin_can_be_cancelled;
            claim: in_order_within_the_limit other_keys_flow a_failed_event_holds_its_key
                a_failed_event_without_a_key_holds_nothing two_claimers_share_no_key a_lease_ends
                a_lost_claim_is_fenced given_back_is_claimable_at_once keys_are_compared_exactly
                a_late_commit_is_not_missed;
            settle: each_row_by_its_own_result late_but_not_lost a_failure_in_the_middle_of_a_key
                attempts_are_counted;
            concurrent: who_waited_comes_later an_open_transaction_holds_nobody_up many_relays_on_few_keys
                a_long_backlog_hides_nothing shared_commits_do_not_deadlock a_deadlock_may_be_tried_again;
            confirm: by_exact_id is_idempotent before_it_is_marked_sent a_confirmed_event_is_done
                in_large_batches;
            republish: due_when_the_recorder_is_idle age_counts_from_the_last_send
                unsent_events_are_left_alone due_when_something_later_was_confirmed a_dead_recorder_is_probed
                a_recorder_that_comes_back a_key_goes_again_as_a_whole exhausted_leaves_the_hot_set
                exhausted_events_starve_nobody one_event_by_hand by_hand_keeps_what_is_known
                two_republishers;
            wake: a_commit_wakes a_commit_of_another_handle_wakes what_is_there_is_not_waited_for
                a_full_claim_means_more giving_back_wakes a_settled_key_wakes;
            relays: three_claimers_with_short_leases random_schedules;
            inbox: new_until_recorded a_second_record_is_fenced exactly_one_worker_wins effects_are_told_apart
                purging_keeps_young_rows a_renamed_subscriber_keeps_its_inbox;
            attempt: are_counted_durably concurrent_starts_differ failures_keep_the_greatest_number
                are_taken_back are_forgotten_with_the_effect follow_a_renamed_subscriber;
            acknowledge: gone_with_the_commit fenced_where_it_was_lost;
            dead_letter: are_kept_with_their_bytes are_listed_in_pages are_kept_once
                of_an_effect_that_took_place_are_refused retried_is_new_again
                discarded_is_done a_held_key_waits follow_a_renamed_subscriber;
            pause: until_resumed;
            effect: at_every_subscriber the_last_word_counts;
            transport_place: the_last_one_is_remembered;
            history: by_each_filter by_correlation in_a_transaction by_state the_oldest_unpublished in_pages missing_at_a_subscriber
                redacting_keeps_the_rows;
            archive: is_read_on_request only_what_was_published_long_ago positions_rise_for_ever what_is_sent_again_stays
                what_is_not_delivered_stays in_stretches two_at_once redacting_reaches_it;
            schema: migrating_is_idempotent migrating_at_once migrating_keeps_events a_missing_schema_is_named;
        }
    };
}

/// Turns every behaviour of [`own_queues`](crate::store::own_queues) into a `#[tokio::test]`, for a fixture whose
/// store has the short way to queues of its own; see [`store_suite`](crate::store_suite).
#[macro_export]
macro_rules! own_queues_suite {
    ($fixture:ty) => {
        $crate::suite! {
            $fixture, store;
            own_queues: every_queue_gets_its_own a_key_begins_later_in_another_queue a_claimed_event_holds_its_key
                polled_back_is_published accepted_is_published messages_with_a_body_are_recorded a_missing_queue_is_an_error
                waiting_messages_are_known_by_key what_waits_is_not_archived random_schedules
                many_relays_on_few_keys;
        }
    };
}

/// Turns every behaviour of [`transport`](crate::transport) into a `#[tokio::test]`, for one fixture; see
/// [`store_suite`](crate::store_suite).
#[macro_export]
macro_rules! transport_suite {
    ($fixture:ty) => {
        $crate::suite! {
            $fixture, transport;
            deliver: published_is_received_once every_queue_gets_its_own to_one_queue_alone
                to_a_missing_queue_is_refused from_a_missing_queue_is_an_error to_a_topic_without_queues
                nothing_at_all bodies_survive keys_survive large_batches receivers_share
                a_dropped_receive_strands_nothing depth_counts_everything two_handles_share_one_place;
            concurrent: many_on_few_keys;
            filter: by_name_and_topic the_first_of_a_key_is_filtered_out bound_twice_received_once
                names_are_compared_exactly;
            wake: an_empty_queue_is_empty by_a_publish by_a_publish_of_another_handle by_a_release
                what_is_there_is_not_waited_for;
            order: within_a_batch across_batches a_held_key_is_held over_a_retry
                over_a_retry_with_followers_in_hand over_a_release over_a_lease_end
                over_a_partial_acknowledgement over_acknowledgements_in_any_order a_queue_without_order
                without_a_key a_busy_key_starves_nobody;
            lane: is_lost_as_a_whole is_given_up_with_its_first_message empties_and_fills;
            lease: comes_again_after_the_lease acknowledging_is_idempotent one_result_per_receipt
                a_lost_receipt_is_fenced late_but_not_lost the_rest_of_a_batch_keeps_its_lease
                extending_keeps_it extending_reports_what_is_lost;
            release: is_there_at_once_and_uncounted of_a_part_waits_behind_the_rest is_idempotent
                a_retry_comes_after_its_delay a_retry_without_a_delay a_retry_behind_another_keeps_its_delay
                a_delayed_message_holds_what_is_behind_it;
            provision: plan_apply_and_nothing_left two_processes_apply_at_once a_changed_filter
                a_binding_declared_twice a_renamed_queue_keeps_its_messages an_undeclared_queue_is_kept
                other_services_are_left_alone a_changed_order_keeps_messages;
            schedule: random_schedules;
        }
    };
}

/// The same for a transport that keeps no order: every behaviour that does not speak of keys.
#[macro_export]
macro_rules! unordered_transport_suite {
    ($fixture:ty) => {
        $crate::suite! {
            $fixture, transport;
            deliver: published_is_received_once every_queue_gets_its_own to_one_queue_alone
                to_a_missing_queue_is_refused from_a_missing_queue_is_an_error to_a_topic_without_queues
                nothing_at_all bodies_survive large_batches a_dropped_receive_strands_nothing
                depth_counts_everything;
            filter: by_name_and_topic the_first_of_a_key_is_filtered_out bound_twice_received_once
                names_are_compared_exactly;
            wake: an_empty_queue_is_empty by_a_publish by_a_publish_of_another_handle by_a_release
                what_is_there_is_not_waited_for;
            order: a_queue_without_order without_a_key;
            lease: comes_again_after_the_lease acknowledging_is_idempotent one_result_per_receipt
                the_rest_of_a_batch_keeps_its_lease extending_keeps_it;
            release: is_there_at_once_and_uncounted is_idempotent a_retry_comes_after_its_delay
                a_retry_without_a_delay;
            provision: plan_apply_and_nothing_left two_processes_apply_at_once a_changed_filter
                a_binding_declared_twice an_undeclared_queue_is_kept other_services_are_left_alone;
            schedule: random_schedules;
        }
    };
}

/// One module per group, one test per behaviour.
#[doc(hidden)]
#[macro_export]
macro_rules! suite {
    ($fixture:ty, $kind:ident; $($group:ident: $($behaviour:ident)+;)+) => {
        $(
            mod $group {
                #[allow(unused_imports, reason = "the fixture may be named by a path")]
                use super::*;

                $(
                    #[::tokio::test]
                    async fn $behaviour() {
                        $crate::$kind::$group::$behaviour::<$fixture>().await;
                    }
                )+
            }
        )+
    };
}
