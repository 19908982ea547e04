"""The second half of the matrix: what comes from outside, in data, rules and templates."""

_WIRE = "failures/test_data"

DATA = {
    "duplicate customers": (
        "policy/test_gates::test_one_message_to_a_shared_address_for_whoever_ordered_last",
        "outbox/test_enqueue::test_one_address_is_promised_one_message_whoever_has_it",
        "ingest/test_addresses::test_every_iranian_spelling_is_one_number",
    ),
    "no address, or none that can be used": (
        "policy/test_gates::test_no_usable_address",
        "ingest/test_customers::test_an_unusable_address_is_kept_and_counted",
    ),
    "a name of a megabyte, amounts beyond all reason, NaN": (
        f"{_WIRE}::test_a_name_of_a_megabyte_costs_nobody_else",
        "ingest/test_hard_cases::test_amounts_that_no_column_holds_cost_their_row",
        "ingest/test_amounts::test_what_is_no_finite_decimal_is_refused",
        "ingest/test_amounts::test_more_than_a_database_can_hold_exactly_is_refused",
    ),
    "refunds": ("ingest/test_amounts::test_signs_and_short_forms",),
    "dates in the future, of year 1 or 9999, naive, as epochs": (
        "ingest/test_instants::test_what_is_no_instant_is_refused_with_its_reason",
        "ingest/test_instants::test_forms_that_occur",
        "ingest/test_instants::test_a_time_without_an_offset_is_the_brands",
    ),
    "mixed time zones": (
        "policy/test_quiet_hours::test_a_message_waits_for_the_morning",
        "cli/test_commands::test_quiet_hours_defer_by_the_customers_own_clock",
    ),
    "emoji, right to left, joiners": (
        f"{_WIRE}::test_texts_arrive_byte_for_byte",
        "channels/test_mime::test_texts_survive_the_journey",
        "cli/test_preview_page::test_right_to_left_names_are_isolated",
    ),
    "NUL and half characters": (
        "ingest/test_hard_cases::test_a_zero_byte_never_reaches_the_store",
        "channels/test_mime::test_half_characters_are_refused",
    ),
    "CR and LF in a name": (
        f"{_WIRE}::test_a_name_makes_no_header_on_the_wire",
        "channels/test_mime::test_no_text_makes_a_header",
        "ingest/test_customers::test_controls_are_taken_out_and_everything_else_is_kept",
    ),
    "a phone's plus that was lost": (
        "ingest/test_addresses::test_numbers_are_read_in_the_customers_country",
    ),
    "files with a mark, in Latin-1, with semicolons, quotes, countless columns": (
        "ingest/test_files::test_every_spelling_of_a_file",
        "ingest/test_files::test_quotes_hold_what_a_csv_would_take_apart",
        "ingest/test_files::test_no_bytes_are_a_bug",
    ),
    "an address that looks like another one": ("ingest/test_addresses::test_addresses",),
    "a cell that a spreadsheet would run, in what is exported": (
        "cli/test_offers::test_a_cell_that_looks_like_a_formula_is_made_inert",
    ),
}

RULE_FILES = {
    "bad YAML, tabs, indents": (
        "test_broken::test_rules",
        "cli/test_check_command::test_a_problem_has_its_place_its_line_a_caret_and_a_hint",
        "cli/test_commands::test_a_broken_rule_stops_its_own_campaign_only",
        "daemon/test_project::test_a_broken_rule_leaves_its_last_good_version_and_the_others_are_taken_over",
    ),
    "a YAML bomb, raw exceptions, silent surprises": (
        "failures/test_rule_files::test_each_trap_of_yaml_is_told",
        "rules/test_no_traceback::test_text_with_a_piece_changed",
    ),
    "unknown fields, operators, templates": (
        "failures/test_rule_files::test_each_trap_of_yaml_is_told",
        "rules/test_conditions::test_an_unknown_segment_is_answered_with_the_nearest",
        "compose/test_lint::test_a_missing_template_names_the_nearest",
    ),
    "wrong types, negative days, contradictions, overlaps": (
        "check/test_audiences::test_what_is_told",
        "check/test_contradiction::test_what_is_called_impossible_matches_nobody",
        "check/test_data::test_campaigns_of_one_priority_that_want_the_same_people",
    ),
    "an empty audience": ("failures/test_rule_files::test_an_empty_audience_is_a_run_with_nobody",),
    "an explosion of the audience": (
        "cli/test_commands::test_a_run_above_its_share_is_held_until_it_is_approved",
        "policy/test_gates::test_a_large_share_is_held_and_a_small_base_is_not",
        "cli/test_preview_page::test_a_held_run_is_unmistakable_and_names_the_command",
    ),
    "a typo that turns the meaning round": (
        "cycle/test_edit::test_a_test_that_was_turned_round_is_told_with_who_moves_and_why",
    ),
    "a purchase between plan and send": ("cycle/test_news::test_who_bought_is_not_asked_to_come_back",),
}

TEMPLATES = {
    "a way out of the sandbox": ("compose/test_fence::test_no_way_out_of_the_sandbox",),
    "a bomb": (
        "compose/test_fence::test_a_bomb_costs_one_message_and_not_long",
        "compose/test_fence::test_a_template_that_always_loops_is_given_up",
    ),
    "a missing variable": (
        "compose/test_fence::test_a_missing_name_is_named",
        "cycle/test_dispatch::test_what_cannot_be_written_is_skipped_with_its_reason",
    ),
    "broken HTML, no way to leave, no postal address, plain http, over 102 KB": (
        "compose/test_broken_templates::test_a_broken_template_says_what_to_mend",
        "compose/test_lint::test_without_layouts_marketing_says_what_is_missing",
        "compose/test_lint::test_a_message_that_gmail_would_clip_is_a_warning",
    ),
    "an SMS too long": (
        "compose/test_letter::test_an_sms_over_its_segments_is_not_sent",
        "compose/test_sms::test_persian_has_70_then_67",
        "cli/test_preview_page::test_an_sms_shows_its_parts_and_characters",
    ),
    "markup in a name": (
        "compose/test_email::test_html_is_escaped_and_the_text_is_not",
        "compose/test_email::test_values_in_attributes_cannot_leave_them",
    ),
    "a template outside of the folder": (
        "compose/test_library::test_no_name_leads_out_of_the_folder",
        "compose/test_library::test_an_absolute_name_leads_nowhere",
        "compose/test_library::test_a_symbolic_link_out_of_the_folder_is_refused",
    ),
}
