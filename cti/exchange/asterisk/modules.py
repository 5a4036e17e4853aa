"""What our Asterisk loads: nothing that the dialplan, the phones or the room server do not need."""

from __future__ import annotations

MODULES = tuple(
    """
    res_timing_timerfd res_crypto res_srtp res_pjproject res_sorcery_config res_sorcery_memory res_sorcery_astdb
    res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_authenticator_digest res_pjsip_endpoint_identifier_user
    res_pjsip_registrar res_pjsip_caller_id res_pjsip_nat res_pjsip_header_funcs res_pjsip_refer res_pjsip_rfc3326
    res_pjsip_empty_info res_pjsip_dlg_options res_pjsip_acl res_rtp_asterisk chan_pjsip
    bridge_simple bridge_native_rtp bridge_softmix bridge_builtin_features bridge_holding
    app_queue app_dial app_exec app_chanspy app_playback app_echo app_stack app_playtones
    res_parking res_musiconhold pbx_config res_security_log
    func_callerid func_channel func_logic func_strings func_global func_timeout func_groupcount func_cut func_uuid
    func_dialplan func_frame_drop func_math func_talkdetect func_pjsip_endpoint func_pjsip_aor func_pjsip_contact func_version
    codec_ulaw codec_alaw codec_a_mu codec_gsm codec_resample format_wav format_pcm format_gsm format_sln
    """.split()
)
"""In the order they load; none is looked for by itself (autoload=no)."""
