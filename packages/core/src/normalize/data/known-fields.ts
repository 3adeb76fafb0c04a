/**
 * Every field that the API documents, or that its records were seen to hold: what is beside it is new.
 * Read by `../known-fields.ts`. A row is a dialect's record as a whole, or the payload of one type, with
 * the paths of its fields; several rows add up. Below the last key of a path anything may stand. A type
 * without a row has no documented payload.
 *
 * Source: the type definitions of the npm package `openai` 7.57.0 for payloads, its examples and
 * published samples of real records for the rest.
 */
export const KNOWN_FIELDS: string = `
audit_logs                                 | id type object effective_at project.id project.name details actor.type
audit_logs                                 | actor.session.user.id actor.session.user.email actor.session.ip_address
audit_logs                                 | actor.session.user_agent actor.session.ja3 actor.session.ja4
audit_logs                                 | actor.session.ip_address_details.country
audit_logs                                 | actor.session.ip_address_details.city
audit_logs                                 | actor.session.ip_address_details.region
audit_logs                                 | actor.session.ip_address_details.region_code
audit_logs                                 | actor.session.ip_address_details.asn
audit_logs                                 | actor.session.ip_address_details.latitude
audit_logs                                 | actor.session.ip_address_details.longitude actor.api_key.id
audit_logs                                 | actor.api_key.type actor.api_key.user.id actor.api_key.user.email
audit_logs                                 | actor.api_key.service_account.id
organization_logs                          | id object event created_at success actor.type actor.id actor.name
organization_logs                          | target.type target.id target.name api_request.id api_request.model
organization_logs                          | api_request.prompt_truncated api_request.response_body_truncated
organization_logs                          | api_request.success api_request.error api_request.response
api_key.created                            | id data.scopes
api_key.updated                            | id changes_requested.scopes changes_requested.expires_in_seconds
api_key.deleted                            | id
certificate.created                        | id name
certificate.updated                        | id name
certificate.deleted                        | id name certificate
certificates.activated                     | certificates.id certificates.name
certificates.deactivated                   | certificates.id certificates.name
checkpoint.permission.created              | id data.project_id data.fine_tuned_model_checkpoint
checkpoint.permission.deleted              | id
external_key.registered                    | id data
external_key.removed                       | id
external_storage.registered                | id data.geography data.provider.account_id data.provider.bucket
external_storage.registered                | data.provider.external_id data.provider.region data.provider.role_arn
external_storage.registered                | data.provider.type data.provider.account_name data.provider.container
external_storage.registered                | data.provider.resource_group data.provider.subscription_id
external_storage.registered                | data.provider.tenant_id data.provider.audience
external_storage.registered                | data.provider.workload_identity_pool_id
external_storage.registered                | data.provider.workload_identity_project_number
external_storage.registered                | data.provider.workload_identity_provider_id data.provider.tenancy_ocid
external_storage.removed                   | id
group.created                              | id data.group_name
group.updated                              | id changes_requested.group_name
group.deleted                              | id
invite.sent                                | id data.email data.role
invite.accepted                            | id
invite.deleted                             | id
ip_allowlist.created                       | id name allowed_ips
ip_allowlist.updated                       | id allowed_ips
ip_allowlist.deleted                       | id name allowed_ips
ip_allowlist.config.activated              | configs.id configs.name
ip_allowlist.config.deactivated            | configs.id configs.name
login.failed                               | error_code error_message
logout.failed                              | error_code error_message
organization.updated                       | id changes_requested.title changes_requested.description
organization.updated                       | changes_requested.name changes_requested.threads_ui_visibility
organization.updated                       | changes_requested.usage_dashboard_visibility
organization.updated                       | changes_requested.api_call_logging
organization.updated                       | changes_requested.api_call_logging_project_ids
project.created                            | id data.name data.title
project.updated                            | id changes_requested.title
project.archived                           | id
project.deleted                            | id
rate_limit.updated                         | id changes_requested.max_requests_per_1_minute
rate_limit.updated                         | changes_requested.max_tokens_per_1_minute
rate_limit.updated                         | changes_requested.max_images_per_1_minute
rate_limit.updated                         | changes_requested.max_audio_megabytes_per_1_minute
rate_limit.updated                         | changes_requested.max_requests_per_1_day
rate_limit.updated                         | changes_requested.batch_1_day_max_input_tokens
rate_limit.deleted                         | id
workload_identity_provider.created         | id data
workload_identity_provider.updated         | id changes_requested
workload_identity_provider.deleted         | id name
workload_identity_provider_mapping.created | id identity_provider_id data
workload_identity_provider_mapping.updated | id identity_provider_id changes_requested
workload_identity_provider_mapping.deleted | id identity_provider_id project_id service_account_id
role.created                               | id role_name permissions resource_type resource_id
role.updated                               | id changes_requested.role_name changes_requested.resource_id
role.updated                               | changes_requested.resource_type changes_requested.permissions_added
role.updated                               | changes_requested.permissions_removed changes_requested.description
role.updated                               | changes_requested.metadata
role.deleted                               | id
role.assignment.created                    | id principal_id principal_type resource_id resource_type
role.assignment.deleted                    | id principal_id principal_type resource_id resource_type
role.bound_to_resource                     | id role_id resource_id resource_type permissions workspace_id
role.bound_to_resource                     | connector_id connector_name enabled source
role.unbound_from_resource                 | id role_id resource_id resource_type permissions workspace_id
role.unbound_from_resource                 | connector_id connector_name enabled source
scim.enabled                               | id
scim.disabled                              | id
service_account.created                    | id data.role
service_account.updated                    | id changes_requested.role
service_account.deleted                    | id
user.added                                 | id data.role
user.updated                               | id changes_requested.role
user.deleted                               | id
`;
