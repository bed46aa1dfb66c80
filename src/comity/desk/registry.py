"""Lists every verb a node understands, by the name under which doors ask for it."""

from comity.desk.accept_anchor import AcceptAnchorRequest, AnchorAccepted, accept_anchor
from comity.desk.accounts import AccountInvited
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.desk.add_outlet import AddOutletRequest, add_outlet
from comity.desk.add_party import AddPartyRequest, PartyView, add_party
from comity.desk.add_peer import AddPeerRequest, add_peer
from comity.desk.add_reader import AddReaderRequest, ReaderAdded, add_reader
from comity.desk.adhere_agreement import AdhereAgreementRequest, adhere_agreement
from comity.desk.agreement_flow import AgreementFlow, AgreementFlowRequest, agreement_flow
from comity.desk.agreement_views import AgreementView
from comity.desk.answer_as_guest import AnswerAsGuestRequest, GuestAnswered, answer_as_guest
from comity.desk.api_tokens import (
    AddTokenRequest,
    ListTokensRequest,
    RevokeTokenRequest,
    TokenAdded,
    TokenList,
    TokenView,
    add_token,
    list_tokens,
    revoke_token,
)
from comity.desk.ask_originator import AskOriginatorRequest, OriginatorAsked, ask_originator
from comity.desk.backup_node import BackupAnswer, BackupRequest, backup_node
from comity.desk.begin_intake import (
    IntakeBegun,
    IntakeList,
    IntakeShown,
    ListIntakesRequest,
    ShowIntakeRequest,
    begin_intake,
    list_intakes,
    show_intake,
)
from comity.desk.change_account import AccountChanged, ChangeAccountRequest, change_account
from comity.desk.change_channels import (
    AddChannelRequest,
    ChangeChannelRequest,
    ChannelAdded,
    ChannelList,
    ChannelRequest,
    ListChannelsRequest,
    add_channel,
    change_channel,
    list_channels,
    remove_channel,
    try_channel,
)
from comity.desk.change_outlet import ChangeOutletRequest, OutletsChanged, change_outlet
from comity.desk.change_peer import ChangePeerRequest, PeersChanged, change_peer
from comity.desk.clear_alarm import ClearAlarmRequest, clear_alarm
from comity.desk.confirm_channel import ConfirmChannelRequest, confirm_channel
from comity.desk.decide_act import (
    BreakGlassRequest,
    RefuseActRequest,
    ReviewActRequest,
    WithdrawActRequest,
    breaking,
    refuse_act,
    review_act,
    withdraw_act,
)
from comity.desk.decline_release import DeclineReleaseRequest, ReleaseDeclined, decline_release
from comity.desk.destroy_backup import DestroyBackupRequest, destroy_backup
from comity.desk.discharge_agreement import AgreementDischarged, DischargeAgreementRequest, discharge_agreement
from comity.desk.doctor import DoctorAnswer, DoctorRequest, doctor
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.erase_item import EraseItemRequest, ItemErased, erase_item
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.export_anchor import AnchorExported, ExportAnchorRequest, export_anchor
from comity.desk.export_bundle import BundleExported, ExportBundleRequest, export_bundle
from comity.desk.export_items import ExportAnswer, ExportItemsRequest, export_items
from comity.desk.export_proof import ExportProofRequest, ProofExported, export_proof
from comity.desk.export_released import ExportReleasedRequest, ReleasedExport, export_released
from comity.desk.give_receipt import GiveReceiptRequest, ReceiptGiven, give_receipt
from comity.desk.grant_release import GrantReleaseRequest, ReleaseGranted, grant_release
from comity.desk.identity_providers import (
    AddProviderRequest,
    ChangeProviderRequest,
    ListProvidersRequest,
    ProviderList,
    ProviderRemoved,
    ProviderView,
    RemoveProviderRequest,
    add_provider,
    change_provider,
    list_providers,
    remove_provider,
)
from comity.desk.import_bundle import BundleImported, ImportBundleRequest, import_bundle
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.desk.intake_tally import TakenIn
from comity.desk.item_readers import ItemReaders, ItemReadersRequest, item_readers
from comity.desk.item_relations import ItemRelations, ItemRelationsRequest, item_relations
from comity.desk.item_views import ItemView
from comity.desk.leave_agreement import LeaveAgreementRequest, leave_agreement
from comity.desk.list_accounts import AccountList, ListAccountsRequest, list_accounts
from comity.desk.list_acts import ActList, ActShown, ActView, ListActsRequest, ShowActRequest, list_acts, show_act
from comity.desk.list_agreements import (
    AgreementList,
    AgreementText,
    ListAgreementsRequest,
    ShowAgreementRequest,
    list_agreements,
    show_agreement,
)
from comity.desk.list_alarms import AlarmList, AlarmView, ListAlarmsRequest, list_alarms
from comity.desk.list_audit import AuditList, ListAuditRequest, export_audit, list_audit
from comity.desk.list_backups import BackupList, BackupView, ListBackupsRequest, list_backups
from comity.desk.list_mails import ListMailsRequest, MailList, list_mails
from comity.desk.list_notices import ListNoticesRequest, NoticeList, list_notices
from comity.desk.list_outlet_items import ListOutletItemsRequest, OutletItems, list_outlet_items
from comity.desk.list_owed import ListOwedRequest, OwedList, list_owed
from comity.desk.list_parties import ListPartiesRequest, PartyList, list_parties
from comity.desk.list_peers import ListPeersRequest, PeerList, list_peers
from comity.desk.list_quarantine import ListQuarantineRequest, QuarantineList, list_quarantine
from comity.desk.list_readers import ListReadersRequest, ReaderList, list_readers
from comity.desk.list_receipts import ListReceiptsRequest, ReceiptList, list_receipts
from comity.desk.list_released import ListReleasedRequest, ReleasedList, list_released
from comity.desk.mark_item import MarkItemRequest, mark_item
from comity.desk.misp_servers import MispPushed, PullMispRequest, PushMispRequest, pull_misp, push_misp
from comity.desk.node_status import StatusAnswer, StatusRequest, node_status
from comity.desk.notice_channels import ChannelView
from comity.desk.outlets import OutletView
from comity.desk.peers import PeerView
from comity.desk.pin_key import KeyPinned, PinKeyRequest, pin_key
from comity.desk.poll_mail import MailPolled, PollMailRequest, poll_mail
from comity.desk.preview_peer import PeersPreviewed, PreviewPeerRequest, preview_peer
from comity.desk.preview_release import PreviewReleaseRequest, ReleasePreview, preview_release
from comity.desk.read_mail import MailRead, ReadMailRequest, read_mail
from comity.desk.recover_account import (
    ListRecoveriesRequest,
    RecoverAccountRequest,
    Recovered,
    RecoveryList,
    list_recoveries,
    recover_account,
)
from comity.desk.release_cell import ReleaseCellRequest, ReleaseCellShown, release_cell
from comity.desk.release_matrix import ReleaseMatrix, ReleaseMatrixRequest, release_matrix
from comity.desk.release_rendition import ReleaseRendition, ReleaseRenditionRequest, release_rendition
from comity.desk.release_requests import ListRequestsRequest, RequestList, list_requests
from comity.desk.renew_log import LogRenewed, RenewLogRequest, renew_log
from comity.desk.retract import ItemRetracted, RetractRequest, retract
from comity.desk.revoke_key import RevokeKeyRequest, revoke_key
from comity.desk.revoke_reader import ReaderRevoked, RevokeReaderRequest, revoke_reader
from comity.desk.rotate_key import RotateKeyRequest, rotate_key
from comity.desk.search_items import ItemsFound, SearchItemsRequest, search_items
from comity.desk.send_notices import NoticesRun, RunNoticesRequest, run_notices
from comity.desk.show_columns import ColumnsShown, ShowColumnsRequest, show_columns
from comity.desk.show_desk import DeskShown, ShowDeskRequest, show_desk
from comity.desk.show_evidence import EvidenceShown, ShowEvidenceRequest, show_evidence
from comity.desk.show_guest import GuestShown, ShowGuestRequest, show_guest
from comity.desk.show_item import ItemShown, ShowItemRequest, show_item
from comity.desk.show_keys import KeysShown, ShowKeysRequest, show_keys
from comity.desk.show_log import CheckpointMade, CheckpointRequest, LogShown, ShowLogRequest, checkpoint_log, show_log
from comity.desk.show_released import ReleasedShown, ShowReleasedRequest, show_released
from comity.desk.show_settings import SettingsShown, ShowSettingsRequest, show_settings
from comity.desk.submit_as_guest import (
    ListSubmissionsRequest,
    SubmissionList,
    SubmitAsGuestRequest,
    WithdrawAsGuestRequest,
    Withdrawn,
    list_submissions,
    submit_as_guest,
    withdraw_as_guest,
)
from comity.desk.submit_to_outlets import Submissions, SubmitRequest, submit_to_outlets
from comity.desk.suspend_agreement import (
    ResumeAgreementRequest,
    SuspendAgreementRequest,
    resume_agreement,
    suspend_agreement,
)
from comity.desk.sync_peers import PeersSynced, SyncPeersRequest, sync_peers
from comity.desk.take_in import TakeInRequest, take_in, try_take_in
from comity.desk.verb import Verb
from comity.desk.verify_log import LogVerified, VerifyLogRequest, verify_log
from comity.desk.views import StatusView
from comity.desk.what_if_release import WhatIfAnswer, WhatIfRequest, what_if_release

_ALL = (
    Verb("party add", AddPartyRequest, PartyView, add_party, writes=True),
    Verb("party list", ListPartiesRequest, PartyList, list_parties, writes=False),
    Verb("agreement add", AddAgreementRequest, AgreementView, add_agreement, writes=True),
    Verb("agreement adhere", AdhereAgreementRequest, AgreementView, adhere_agreement, writes=True),
    Verb("agreement end", EndAgreementRequest, AgreementView, end_agreement, writes=True),
    Verb("agreement leave", LeaveAgreementRequest, AgreementView, leave_agreement, writes=True),
    Verb("agreement suspend", SuspendAgreementRequest, AgreementView, suspend_agreement, writes=True),
    Verb("agreement resume", ResumeAgreementRequest, AgreementView, resume_agreement, writes=True),
    Verb("agreement owed", ListOwedRequest, OwedList, list_owed, writes=False),
    Verb("agreement discharge", DischargeAgreementRequest, AgreementDischarged, discharge_agreement, writes=True),
    Verb("agreement flow", AgreementFlowRequest, AgreementFlow, agreement_flow, writes=False),
    Verb("agreement list", ListAgreementsRequest, AgreementList, list_agreements, writes=False),
    Verb("agreement show", ShowAgreementRequest, AgreementText, show_agreement, writes=False),
    Verb("item import", ImportItemsRequest, ImportAnswer, import_items, writes=True),
    Verb("item columns", ShowColumnsRequest, ColumnsShown, show_columns, writes=False),
    Verb("item preview", TakeInRequest, TakenIn, try_take_in, writes=False),
    Verb("item take-in", TakeInRequest, TakenIn, take_in, writes=True),
    Verb("intake begin", TakeInRequest, IntakeBegun, begin_intake, writes=True),
    Verb("intake list", ListIntakesRequest, IntakeList, list_intakes, writes=False),
    Verb("intake show", ShowIntakeRequest, IntakeShown, show_intake, writes=False),
    Verb("item show", ShowItemRequest, ItemShown, show_item, writes=False),
    Verb("item readers", ItemReadersRequest, ItemReaders, item_readers, writes=False),
    Verb("item relations", ItemRelationsRequest, ItemRelations, item_relations, writes=False),
    Verb("item search", SearchItemsRequest, ItemsFound, search_items, writes=False),
    Verb("item export", ExportItemsRequest, ExportAnswer, export_items, writes=False),
    Verb("item mark", MarkItemRequest, ItemView, mark_item, writes=True),
    Verb("item retract", RetractRequest, ItemRetracted, retract, writes=True),
    Verb("item erase", EraseItemRequest, ItemErased, erase_item, writes=True),
    Verb("release explain", ExplainReleaseRequest, ReleaseExplained, explain_release, writes=False),
    Verb("release preview", PreviewReleaseRequest, ReleasePreview, preview_release, writes=False),
    Verb("release matrix", ReleaseMatrixRequest, ReleaseMatrix, release_matrix, writes=False),
    Verb("release cell", ReleaseCellRequest, ReleaseCellShown, release_cell, writes=False),
    Verb("release rendition", ReleaseRenditionRequest, ReleaseRendition, release_rendition, writes=False),
    Verb("release what-if", WhatIfRequest, WhatIfAnswer, what_if_release, writes=False),
    Verb("release ask", AskOriginatorRequest, OriginatorAsked, ask_originator, writes=True),
    Verb("release requests", ListRequestsRequest, RequestList, list_requests, writes=False),
    Verb("release decline", DeclineReleaseRequest, ReleaseDeclined, decline_release, writes=True),
    Verb("release grant", GrantReleaseRequest, ReleaseGranted, grant_release, writes=True),
    Verb("reader add", AddReaderRequest, ReaderAdded, add_reader, writes=True),
    Verb("peer add", AddPeerRequest, PeerView, add_peer, writes=True),
    Verb("peer list", ListPeersRequest, PeerList, list_peers, writes=False),
    Verb("peer sync", SyncPeersRequest, PeersSynced, sync_peers, writes=True),
    Verb("peer preview", PreviewPeerRequest, PeersPreviewed, preview_peer, writes=False),
    Verb("peer alarms", ListAlarmsRequest, AlarmList, list_alarms, writes=False),
    Verb("peer evidence", ShowEvidenceRequest, EvidenceShown, show_evidence, writes=False),
    Verb("peer clear", ClearAlarmRequest, AlarmView, clear_alarm, writes=True),
    Verb("receipt give", GiveReceiptRequest, ReceiptGiven, give_receipt, writes=True),
    Verb("receipt list", ListReceiptsRequest, ReceiptList, list_receipts, writes=False),
    Verb("peer change", ChangePeerRequest, PeersChanged, change_peer, writes=True),
    Verb("outlet add", AddOutletRequest, OutletView, add_outlet, writes=True),
    Verb("outlet submit", SubmitRequest, Submissions, submit_to_outlets, writes=True),
    Verb("outlet items", ListOutletItemsRequest, OutletItems, list_outlet_items, writes=False),
    Verb("outlet change", ChangeOutletRequest, OutletsChanged, change_outlet, writes=True),
    Verb("mail list", ListMailsRequest, MailList, list_mails, writes=False),
    Verb("mail poll", PollMailRequest, MailPolled, poll_mail, writes=True),
    Verb("mail read", ReadMailRequest, MailRead, read_mail, writes=False),
    Verb("misp pull", PullMispRequest, ImportAnswer, pull_misp, writes=True),
    Verb("misp push", PushMispRequest, MispPushed, push_misp, writes=True),
    Verb("reader list", ListReadersRequest, ReaderList, list_readers, writes=False),
    Verb("reader revoke", RevokeReaderRequest, ReaderRevoked, revoke_reader, writes=True),
    Verb("log show", ShowLogRequest, LogShown, show_log, writes=False),
    Verb("log checkpoint", CheckpointRequest, CheckpointMade, checkpoint_log, writes=True),
    Verb("log verify", VerifyLogRequest, LogVerified, verify_log, writes=False),
    Verb("log renew", RenewLogRequest, LogRenewed, renew_log, writes=True),
    Verb("proof export", ExportProofRequest, ProofExported, export_proof, writes=True),
    Verb("bundle export", ExportBundleRequest, BundleExported, export_bundle, writes=True),
    Verb("bundle import", ImportBundleRequest, BundleImported, import_bundle, writes=True),
    Verb("anchor export", ExportAnchorRequest, AnchorExported, export_anchor, writes=True),
    Verb("anchor accept", AcceptAnchorRequest, AnchorAccepted, accept_anchor, writes=True),
    Verb("key show", ShowKeysRequest, KeysShown, show_keys, writes=False),
    Verb("key rotate", RotateKeyRequest, KeysShown, rotate_key, writes=True),
    Verb("key pin", PinKeyRequest, KeyPinned, pin_key, writes=True),
    Verb("key revoke", RevokeKeyRequest, KeysShown, revoke_key, writes=True),
    Verb("desk show", ShowDeskRequest, DeskShown, show_desk, writes=False),
    Verb("quarantine list", ListQuarantineRequest, QuarantineList, list_quarantine, writes=False),
    Verb("account add", AddAccountRequest, AccountInvited, add_account, writes=True),
    Verb("account list", ListAccountsRequest, AccountList, list_accounts, writes=False),
    Verb("account change", ChangeAccountRequest, AccountChanged, change_account, writes=True),
    Verb("provider add", AddProviderRequest, ProviderView, add_provider, writes=True),
    Verb("provider change", ChangeProviderRequest, ProviderView, change_provider, writes=True),
    Verb("provider list", ListProvidersRequest, ProviderList, list_providers, writes=False),
    Verb("provider remove", RemoveProviderRequest, ProviderRemoved, remove_provider, writes=True),
    Verb("token add", AddTokenRequest, TokenAdded, add_token, writes=True),
    Verb("token list", ListTokensRequest, TokenList, list_tokens, writes=False),
    Verb("token revoke", RevokeTokenRequest, TokenView, revoke_token, writes=True),
    Verb("channel add", AddChannelRequest, ChannelAdded, add_channel, writes=True),
    Verb("channel list", ListChannelsRequest, ChannelList, list_channels, writes=False),
    Verb("channel change", ChangeChannelRequest, ChannelView, change_channel, writes=True),
    Verb("channel confirm", ConfirmChannelRequest, ChannelView, confirm_channel, writes=True),
    Verb("channel test", ChannelRequest, ChannelView, try_channel, writes=True),
    Verb("channel remove", ChannelRequest, ChannelView, remove_channel, writes=True),
    Verb("notice list", ListNoticesRequest, NoticeList, list_notices, writes=False),
    Verb("notice run", RunNoticesRequest, NoticesRun, run_notices, writes=True),
    Verb("act list", ListActsRequest, ActList, list_acts, writes=False),
    Verb("act show", ShowActRequest, ActShown, show_act, writes=False),
    Verb("act refuse", RefuseActRequest, ActView, refuse_act, writes=True),
    Verb("act withdraw", WithdrawActRequest, ActView, withdraw_act, writes=True),
    Verb("act review", ReviewActRequest, ActView, review_act, writes=True),
    Verb("account recover", RecoverAccountRequest, Recovered, recover_account, writes=True),
    Verb("account recoveries", ListRecoveriesRequest, RecoveryList, list_recoveries, writes=False),
    Verb("audit list", ListAuditRequest, AuditList, list_audit, writes=False),
    Verb("audit export", ListAuditRequest, AuditList, export_audit, writes=True),
    Verb("settings show", ShowSettingsRequest, SettingsShown, show_settings, writes=False),
    Verb("guest show", ShowGuestRequest, GuestShown, show_guest, writes=False),
    Verb("guest list", ListReleasedRequest, ReleasedList, list_released, writes=False),
    Verb("guest item", ShowReleasedRequest, ReleasedShown, show_released, writes=False),
    Verb("guest export", ExportReleasedRequest, ReleasedExport, export_released, writes=False),
    Verb("guest submissions", ListSubmissionsRequest, SubmissionList, list_submissions, writes=False),
    Verb("guest submit", SubmitAsGuestRequest, StatusView, submit_as_guest, writes=True),
    Verb("guest withdraw", WithdrawAsGuestRequest, Withdrawn, withdraw_as_guest, writes=True),
    Verb("guest answer", AnswerAsGuestRequest, GuestAnswered, answer_as_guest, writes=True),
    Verb("node status", StatusRequest, StatusAnswer, node_status, writes=False),
    Verb("backup list", ListBackupsRequest, BackupList, list_backups, writes=False),
    Verb("backup destroyed", DestroyBackupRequest, BackupView, destroy_backup, writes=True),
    Verb("node backup", BackupRequest, BackupAnswer, backup_node, writes=False),
    Verb("doctor", DoctorRequest, DoctorAnswer, doctor, writes=False),
)

# Carries out any of the others, so it is given them.
_BREAKING = Verb(
    "act break-glass", BreakGlassRequest, ActView, breaking({verb.name: verb for verb in _ALL}), writes=True
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in (*_ALL, _BREAKING)}
