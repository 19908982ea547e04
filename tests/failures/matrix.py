"""Every fault of the failure matrix, and the tests that show what happens then.

A test is named by its file, below tests/, and its function.
"""

_HTTP = "channels/test_http_providers"
_SMTP = "channels/test_smtp"
_MINE = "failures/test_providers"
_RESTS = "cycle/test_rests"
_SENT = "cycle/test_dispatch"
_EFFECTS = "events/test_effects"
_HOOKS = "web/test_hooks"

PROVIDERS = {
    "429 with Retry-After or X-RateLimit-Reset": (
        f"{_RESTS}::test_a_429_makes_the_whole_channel_wait_for_every_process_and_costs_no_attempt",
        f"{_HTTP}::test_until_when_it_asks_us_to_wait",
    ),
    "SendGrid or Twilio 5xx": (
        f"{_RESTS}::test_silence_closes_the_channel_and_one_message_tries_it_again",
        f"{_HTTP}::test_what_an_answer_means",
        f"{_HTTP}::test_a_503_may_be_trusted_where_the_shop_says_so",
    ),
    "connection refused, DNS or TLS error": (
        f"{_HTTP}::test_a_server_that_cannot_be_reached_has_heard_nothing",
        f"{_HTTP}::test_tls_that_fails_has_heard_nothing",
        f"{_SMTP}::test_nobody_listens",
        f"{_SMTP}::test_no_such_host",
        f"{_SENT}::test_a_server_that_is_away_costs_no_attempt_and_little_time",
    ),
    "timeout before the request is written": (
        f"{_MINE}::test_timeout_before_the_request_is_written",
        f"{_MINE}::test_timeout_before_the_message_is_begun_over_smtp",
    ),
    "timeout or reset after the request was written": (f"{_HTTP}::test_an_answer_that_is_lost_is_a_doubt",),
    "401 or 403, a bad key, 20003": (
        f"{_MINE}::test_a_bad_key_halts_the_channel_with_one_alarm",
        f"{_SENT}::test_a_wrong_password_halts_the_channel_and_costs_no_attempt",
        "web/test_health::test_a_halted_channel_is_told",
    ),
    "400 invalid recipient, 21211, 21614, 30005, 30006": (
        f"{_MINE}::test_an_invalid_recipient_is_failed_and_suppressed_and_costs_nobody_else",
        f"{_HTTP}::test_what_an_answer_means",
        f"{_RESTS}::test_bad_addresses_do_not_stop_a_campaign",
    ),
    "400 on the payload": (f"{_RESTS}::test_refusals_all_alike_stop_the_campaign_and_not_the_others",),
    "413, too large": (
        f"{_HTTP}::test_what_an_answer_means",
        "compose/test_fence::test_an_output_too_large_is_refused",
    ),
    "21610 STOP": (f"{_MINE}::test_twilio_holds_a_stop",),
    "21408, 21612 route, 30034 unregistered": (
        f"{_MINE}::test_a_route_that_is_not_allowed_fails_with_its_reason_and_stops_the_campaign",
    ),
    "30003 unreachable": (
        f"{_MINE}::test_what_twilio_tells_later_sends_nothing_again",
        f"{_EFFECTS}::test_an_address_that_bounces_softly_three_times_is_not_used_any_more",
    ),
    "30007 filtered by a carrier": (f"{_EFFECTS}::test_a_campaign_that_carriers_filter_is_paused",),
    "30008 unknown": (f"{_MINE}::test_what_twilio_tells_later_sends_nothing_again",),
    "SMTP 421, 450, 451, 452": (
        "outbox/test_transitions::test_a_greylisted_message_waits_longer_each_time_and_not_for_ever",
        f"{_SENT}::test_a_misbehaving_server_costs_only_whom_it_concerns",
    ),
    "SMTP 550, 551, 553, 554 of a recipient": (f"{_SMTP}::test_one_refused_recipient_costs_nobody_else",),
    "the link lost after the final dot": (
        f"{_SMTP}::test_an_answer_lost_after_the_final_dot_is_a_doubt",
        f"{_SENT}::test_a_misbehaving_server_costs_only_whom_it_concerns",
    ),
    "no SMTPUTF8, an international address": (f"{_SMTP}::test_addresses_of_all_scripts",),
    "a batch taken in part": (f"{_MINE}::test_each_message_is_a_request_of_its_own",),
    "202, then dropped or bounced": (
        f"{_EFFECTS}::test_what_suppresses_at_once",
        f"{_EFFECTS}::test_three_soft_bounces_within_thirty_days",
    ),
    "webhooks forged, replayed, out of order, told many times": (
        f"{_HOOKS}::test_any_flipped_byte_is_refused",
        f"{_HOOKS}::test_malformed_headers_are_refused_and_break_nothing",
        f"{_HOOKS}::test_shuffled_replays_leave_the_same_state",
        "events/test_record::test_fifty_shuffled_replays_leave_the_same_state",
        "events/test_record::test_an_outcome_never_falls_back",
    ),
    "a webhook about nobody we know": (f"{_HOOKS}::test_an_event_about_nobody_we_know_is_kept",),
    "complaints": (f"{_EFFECTS}::test_complaints_warn_and_then_pause",),
}

_STORE = "failures/test_store"

STORE = {
    "SQLITE_BUSY": (
        f"{_STORE}::test_a_busy_store_is_waited_for",
        f"{_STORE}::test_reading_and_then_writing_never_fails_for_want_of_a_lock",
    ),
    "WAL and a power loss": (f"{_STORE}::test_a_commit_survives_a_power_loss",),
    "disk full, read-only, EIO at the Nth write": (
        f"{_STORE}::test_a_disk_that_fills_up_sends_nothing_more_and_loses_nothing",
        f"{_STORE}::test_a_full_disk_is_exit_code_75_and_not_ready",
        "web/test_health::test_a_store_that_is_away_is_told",
        "ingest/test_hard_cases::test_a_full_disk_is_a_sentence_and_the_rest_can_follow",
    ),
    "PostgreSQL restarts, its connections are killed": (
        f"{_STORE}::test_connections_that_are_killed_in_the_middle_are_made_anew",
        f"{_STORE}::test_a_transaction_that_is_killed_is_tried_again",
        "daemon/test_daemon::test_a_store_that_goes_away_and_comes_back_is_waited_for",
    ),
    "a store restored from a backup": (
        "cycle/test_restored::test_an_older_store_is_held_until_a_person_says_so",
        "cycle/test_restored::test_folders_on_one_store_do_not_trip_each_other",
    ),
    "a schema newer or older than the program": (
        "test_store::test_a_newer_store_is_refused_with_the_command",
        "test_store::test_an_older_store_is_refused_with_the_command",
    ),
    "a damaged store": (
        "doctor/test_installation::test_a_damaged_store_is_told_and_left_as_it_is",
        "cli/test_commands::test_a_file_that_is_no_store_is_told_in_a_sentence",
    ),
}

_TIME = "failures/test_process_and_time"

PROCESS_AND_TIME = {
    "kill -9 at any step": (
        "cycle/test_kill::test_killed_senders_keep_the_promise",
        "outbox/test_model::test_every_order_of_events",
    ),
    "SIGTERM": (
        "daemon/test_ending::test_a_signal_finishes_what_is_on_the_wire_and_begins_nothing",
        "daemon/test_ending::test_what_is_on_the_wire_after_the_grace_is_in_doubt",
        "daemon/test_ending::test_a_second_signal_ends_it_on_the_spot_and_others_take_over",
    ),
    "two daemons on one store": (
        "daemon/test_daemon::test_two_daemons_share_one_store_and_send_nothing_twice",
        "cycle/test_processes::test_three_processes_send_each_message_once",
    ),
    "a missed schedule": (
        "daemon/test_project::test_what_was_due_before_the_daemon_came_is_caught_up_once_or_recorded_as_missed",
        "cli/test_commands::test_what_was_due_too_long_ago_is_recorded_as_missed_and_may_still_be_named",
    ),
    "the wall clock jumps": (
        f"{_TIME}::test_a_slot_runs_once_whatever_the_clock_does",
        "cycle/test_planning::test_a_clock_that_was_set_back_lets_nobody_in_again",
        "doctor/test_command::test_by_a_clock_set_back_nothing_is_run",
    ),
    "clocks that change in autumn and spring": (
        "rules/test_schedule::test_in_autumn_the_repeated_time_comes_once",
        "rules/test_schedule::test_in_spring_the_skipped_time_comes_by_the_old_offset",
    ),
    "sleep, SIGSTOP and SIGCONT": (
        "cycle/test_processes::test_a_sleeper_wakes_up_and_repeats_nothing",
        "cycle/test_processes::test_a_sleeper_that_was_taken_for_dead_repeats_nothing",
    ),
    "out of memory in a template": ("compose/test_fence::test_a_bomb_costs_one_message_and_not_long",),
    "a rule edited while it runs": (
        "cycle/test_news::test_an_edit_of_the_rule_is_for_the_next_run",
        "cli/test_commands::test_an_edit_of_a_template_never_reaches_what_is_planned",
        "daemon/test_daemon::test_edits_are_taken_over_while_it_runs_and_broken_ones_are_not",
    ),
    "paused in the middle of a run": (f"{_SENT}::test_a_pause_that_comes_while_messages_are_written_counts",),
}
