/**
 * Every event type the API documents, one line each: the one place that knows them. What OCSF makes
 * of each stands beside it in `ocsf-1-8-0.ts`; both are read by `../event-types.ts`.
 *
 * Source of the names: the type definitions of the npm package `openai` 7.57.0 (149 types).
 * The last lines are for types this version has never seen: `*.verb` by the last segment, `*` for the
 * rest; ` +api` for the calls that the `organization_logs` dialect holds.
 *
 * Columns:
 * - type; ` +group` for a group as principal, ` -role` for an update that changes no role
 * - what it was done to: `openai.audit.target.type`
 * - concerns: whether the target is a `user` or a `group` in the sense of ECS
 * - reads: which rule of `../payload.ts` the payload needs; `-` is the plain one
 * - ECS `event.category`, `event.type`, `event.outcome` (9.4.0)
 * - severity on OCSF's scale, this project's policy: 3 a control removed or weakened, or an admin
 *   credential made; 2 a grant, a credential or a change of posture; 1 the rest
 * - the feed it comes in: `organization`, or `tenant` (`tenant_only=true`)
 */
export const EVENT_TYPES: string = `
api_key.created                                     | api_key                   | -     | -            | iam                    | admin,creation | success | 2 | organization
api_key.updated                                     | api_key                   | -     | -            | iam                    | admin,change   | success | 2 | organization
api_key.deleted                                     | api_key                   | -     | -            | iam                    | admin,deletion | success | 1 | organization
certificate.created                                 | certificate               | -     | -            | configuration          | creation       | success | 1 | organization
certificate.updated                                 | certificate               | -     | -            | configuration          | change         | success | 1 | organization
certificate.deleted                                 | certificate               | -     | -            | configuration          | deletion       | success | 2 | organization
certificates.activated                              | certificate               | -     | certificates | configuration          | change         | success | 1 | organization
certificates.deactivated                            | certificate               | -     | certificates | configuration          | change         | success | 3 | organization
checkpoint.permission.created                       | permission                | -     | -            | iam                    | admin,creation | success | 2 | organization
checkpoint.permission.deleted                       | permission                | -     | -            | iam                    | admin,deletion | success | 1 | organization
external_key.registered                             | encryption_key            | -     | -            | configuration          | creation       | success | 2 | organization
external_key.removed                                | encryption_key            | -     | -            | configuration          | deletion       | success | 3 | organization
external_storage.registered                         | storage                   | -     | -            | configuration          | creation       | success | 2 | organization
external_storage.removed                            | storage                   | -     | -            | configuration          | deletion       | success | 3 | organization
group.created                                       | group                     | group | -            | iam                    | group,creation | success | 1 | organization
group.updated                                       | group                     | group | -            | iam                    | group,change   | success | 1 | organization
group.deleted                                       | group                     | group | -            | iam                    | group,deletion | success | 1 | organization
invite.sent                                         | invite                    | -     | invite       | iam                    | admin,creation | success | 1 | organization
invite.accepted                                     | invite                    | -     | -            | iam                    | admin,change   | success | 1 | organization
invite.deleted                                      | invite                    | -     | -            | iam                    | admin,deletion | success | 1 | organization
ip_allowlist.created                                | ip_allowlist              | -     | -            | configuration          | creation       | success | 2 | organization
ip_allowlist.updated                                | ip_allowlist              | -     | -            | configuration          | change         | success | 2 | organization
ip_allowlist.deleted                                | ip_allowlist              | -     | -            | configuration          | deletion       | success | 3 | organization
ip_allowlist.config.activated                       | ip_allowlist              | -     | configs      | configuration          | change         | success | 2 | organization
ip_allowlist.config.deactivated                     | ip_allowlist              | -     | configs      | configuration          | change         | success | 3 | organization
login.succeeded                                     | -                         | -     | -            | authentication,session | start          | success | 1 | organization
login.failed                                        | -                         | -     | -            | authentication         | start          | failure | 2 | organization
logout.succeeded                                    | -                         | -     | -            | authentication,session | end            | success | 1 | organization
logout.failed                                       | -                         | -     | -            | authentication         | end            | failure | 1 | organization
organization.updated                                | organization              | -     | organization | configuration          | change         | success | 2 | organization
project.created                                     | project                   | -     | -            | configuration          | creation       | success | 1 | organization
project.updated                                     | project                   | -     | -            | configuration          | change         | success | 1 | organization
project.archived                                    | project                   | -     | -            | configuration          | change         | success | 1 | organization
project.deleted                                     | project                   | -     | -            | configuration          | deletion       | success | 3 | organization
rate_limit.updated                                  | rate_limit                | -     | -            | configuration          | change         | success | 1 | organization
rate_limit.deleted                                  | rate_limit                | -     | -            | configuration          | deletion       | success | 1 | organization
resource.deleted                                    | resource                  | -     | -            | configuration          | deletion       | success | 1 | organization
tunnel.created                                      | tunnel                    | -     | -            | configuration          | creation       | success | 1 | organization
tunnel.updated                                      | tunnel                    | -     | -            | configuration          | change         | success | 1 | organization
tunnel.deleted                                      | tunnel                    | -     | -            | configuration          | deletion       | success | 1 | organization
workload_identity_provider.created                  | identity_provider         | -     | -            | iam                    | admin,creation | success | 2 | organization
workload_identity_provider.updated                  | identity_provider         | -     | -            | iam                    | admin,change   | success | 2 | organization
workload_identity_provider.deleted                  | identity_provider         | -     | -            | iam                    | admin,deletion | success | 1 | organization
workload_identity_provider_mapping.created          | identity_provider_mapping | -     | -            | iam                    | admin,creation | success | 2 | organization
workload_identity_provider_mapping.updated          | identity_provider_mapping | -     | -            | iam                    | admin,change   | success | 2 | organization
workload_identity_provider_mapping.deleted          | identity_provider_mapping | -     | -            | iam                    | admin,deletion | success | 1 | organization
role.created                                        | role                      | -     | -            | iam                    | admin,creation | success | 2 | organization
role.updated                                        | role                      | -     | -            | iam                    | admin,change   | success | 2 | organization
role.deleted                                        | role                      | -     | -            | iam                    | admin,deletion | success | 1 | organization
role.assignment.created                             | user                      | user  | assignment   | iam                    | user,change    | success | 2 | organization
role.assignment.created +group                      | group                     | group | assignment   | iam                    | group,change   | success | 2 | organization
role.assignment.deleted                             | user                      | user  | assignment   | iam                    | user,change    | success | 1 | organization
role.assignment.deleted +group                      | group                     | group | assignment   | iam                    | group,change   | success | 1 | organization
role.bound_to_resource                              | role                      | -     | -            | iam                    | admin,change   | success | 2 | tenant
role.unbound_from_resource                          | role                      | -     | -            | iam                    | admin,change   | success | 1 | tenant
scim.enabled                                        | scim                      | -     | -            | iam,configuration      | admin,change   | success | 2 | organization
scim.disabled                                       | scim                      | -     | -            | iam,configuration      | admin,change   | success | 3 | organization
service_account.created                             | user                      | user  | -            | iam                    | user,creation  | success | 2 | organization
service_account.updated                             | user                      | user  | role_change  | iam                    | user,change    | success | 2 | organization
service_account.updated -role                       | user                      | user  | role_change  | iam                    | user,change    | success | 2 | organization
service_account.deleted                             | user                      | user  | -            | iam                    | user,deletion  | success | 1 | organization
user.added                                          | user                      | user  | -            | iam                    | user,creation  | success | 1 | organization
user.updated                                        | user                      | user  | role_change  | iam                    | user,change    | success | 2 | organization
user.updated -role                                  | user                      | user  | role_change  | iam                    | user,change    | success | 2 | organization
user.deleted                                        | user                      | user  | -            | iam                    | user,deletion  | success | 1 | organization
tenant.metadata.updated                             | tenant                    | -     | -            | configuration          | change         | success | 1 | tenant
tenant.microsoft_entra_mapping.upserted             | identity_provider         | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.microsoft_entra_mapping.deleted              | identity_provider         | -     | -            | iam,configuration      | admin,deletion | success | 3 | tenant
tenant.workload_identity.provider.created           | identity_provider         | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.workload_identity.provider.updated           | identity_provider         | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.workload_identity.provider.archived          | identity_provider         | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.workload_identity.mapping.created            | identity_provider_mapping | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.workload_identity.mapping.updated            | identity_provider_mapping | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.workload_identity.mapping.archived           | identity_provider_mapping | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.workload_identity.binding.created            | identity_provider_mapping | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.workload_identity.principal.provisioned      | user                      | user  | -            | iam                    | user,creation  | success | 2 | tenant
tenant.workload_identity.access_token.issued        | -                         | -     | -            | authentication         | start          | success | 1 | tenant
tenant.admin_api_key.created                        | api_key                   | -     | -            | iam                    | admin,creation | success | 3 | tenant
tenant.admin_api_key.updated                        | api_key                   | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.admin_api_key.deleted                        | api_key                   | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.project_api_key.created                      | api_key                   | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.trusted_access.business_verification.started | trusted_access            | -     | -            | configuration          | info           | unknown | 1 | tenant
tenant.trusted_access.application.submitted         | trusted_access            | -     | -            | configuration          | info           | unknown | 1 | tenant
tenant.chatgpt_access_token.revoked                 | token                     | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.migration.completed                          | tenant                    | -     | -            | configuration          | change         | success | 1 | tenant
tenant.sso.migrated                                 | sso_connection            | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.domains.migrated                             | domain                    | -     | -            | configuration          | change         | success | 1 | tenant
tenant.sso_connection.created                       | sso_connection            | -     | -            | iam,configuration      | admin,creation | success | 2 | tenant
tenant.sso_connection.updated                       | sso_connection            | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.sso_connection.deleted                       | sso_connection            | -     | -            | iam,configuration      | admin,deletion | success | 3 | tenant
tenant.sso_connection.setup.started                 | sso_connection            | -     | -            | iam,configuration      | admin,info     | unknown | 1 | tenant
tenant.policy.created                               | policy                    | -     | -            | iam,configuration      | admin,creation | success | 2 | tenant
tenant.policy.updated                               | policy                    | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.policy.deleted                               | policy                    | -     | -            | iam,configuration      | admin,deletion | success | 3 | tenant
tenant.policy.attached                              | policy                    | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.policy.detached                              | policy                    | -     | -            | iam,configuration      | admin,change   | success | 3 | tenant
tenant.principal_authentication_policy.resolved     | policy                    | -     | -            | iam                    | info           | success | 1 | tenant
tenant.scim.setup.started                           | scim                      | -     | -            | iam,configuration      | admin,info     | unknown | 1 | tenant
tenant.scim.deletion.requested                      | scim                      | -     | -            | iam,configuration      | admin,info     | unknown | 3 | tenant
tenant.scim.directory.created                       | scim                      | -     | -            | iam,configuration      | admin,creation | success | 1 | tenant
tenant.product_access_policy.updated                | policy                    | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.resource_share_grant.created                 | permission                | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.resource_share_grant.updated                 | permission                | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.resource_share_grant.accepted                | permission                | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.resource_share_grant.declined                | permission                | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.resource_share_grant.revoked                 | permission                | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.resource_share_grant.deleted                 | permission                | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.service_account.updated                      | user                      | user  | -            | iam                    | user,change    | success | 1 | tenant
tenant.service_account.deleted                      | user                      | user  | -            | iam                    | user,deletion  | success | 1 | tenant
tenant.service_account.token.revoked                | token                     | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.billing.overage_limit.updated                | billing                   | -     | -            | configuration          | change         | success | 1 | tenant
tenant.billing.alerts.updated                       | billing                   | -     | -            | configuration          | change         | success | 1 | tenant
tenant.billing.info.updated                         | billing                   | -     | -            | configuration          | change         | success | 1 | tenant
tenant.usage_limit.workspace.updated                | usage_limit               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.usage_limit.group.updated                    | usage_limit               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.usage_limit.user.updated                     | usage_limit               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.usage_limit.increase_request.updated         | usage_limit               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.usage_limit.increase_request.resolved        | usage_limit               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.group.created                                | group                     | group | -            | iam                    | group,creation | success | 1 | tenant
tenant.group.updated                                | group                     | group | -            | iam                    | group,change   | success | 1 | tenant
tenant.group.deleted                                | group                     | group | -            | iam                    | group,deletion | success | 1 | tenant
tenant.group.member.added                           | group                     | group | -            | iam                    | group,change   | success | 1 | tenant
tenant.group.member.removed                         | group                     | group | -            | iam                    | group,change   | success | 1 | tenant
tenant.migration_rollout.status.updated             | tenant                    | -     | -            | configuration          | change         | success | 1 | tenant
tenant.migration_rollout.tier.updated               | tenant                    | -     | -            | configuration          | change         | success | 1 | tenant
tenant.role.metadata.updated                        | role                      | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.custom_role.created                          | role                      | -     | -            | iam                    | admin,creation | success | 2 | tenant
tenant.custom_role.updated                          | role                      | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.custom_role.deleted                          | role                      | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.role_assignment.created                      | user                      | user  | assignment   | iam                    | user,change    | success | 2 | tenant
tenant.role_assignment.created +group               | group                     | group | assignment   | iam                    | group,change   | success | 2 | tenant
tenant.role_assignment.deleted                      | user                      | user  | assignment   | iam                    | user,change    | success | 1 | tenant
tenant.role_assignment.deleted +group               | group                     | group | assignment   | iam                    | group,change   | success | 1 | tenant
tenant.resource_role_assignment.created             | user                      | user  | assignment   | iam                    | user,change    | success | 2 | tenant
tenant.resource_role_assignment.created +group      | group                     | group | assignment   | iam                    | group,change   | success | 2 | tenant
tenant.resource_role_assignment.deleted             | user                      | user  | assignment   | iam                    | user,change    | success | 1 | tenant
tenant.resource_role_assignment.deleted +group      | group                     | group | assignment   | iam                    | group,change   | success | 1 | tenant
tenant.resource_access.updated                      | permission                | -     | -            | iam                    | admin,change   | success | 2 | tenant
tenant.resource_access.deleted                      | permission                | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.ads_account.onboarding.redemption            | ads_account               | -     | -            | configuration          | change         | success | 1 | tenant
tenant.session_policy.created                       | policy                    | -     | -            | iam,configuration      | admin,creation | success | 1 | tenant
tenant.session_policy.updated                       | policy                    | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.session_policy.deleted                       | policy                    | -     | -            | iam,configuration      | admin,deletion | success | 3 | tenant
tenant.session_revocation.started                   | session                   | -     | -            | session                | end            | unknown | 3 | tenant
tenant.third_party_app_policy.updated               | policy                    | -     | -            | iam,configuration      | admin,change   | success | 2 | tenant
tenant.user.added                                   | user                      | user  | -            | iam                    | user,creation  | success | 1 | tenant
tenant.user.updated                                 | user                      | user  | -            | iam                    | user,change    | success | 1 | tenant
tenant.user.removed                                 | user                      | user  | -            | iam                    | user,deletion  | success | 1 | tenant
tenant.user.looked_up                               | user                      | -     | -            | iam                    | user,info      | success | 1 | tenant
tenant.user.invited                                 | invite                    | -     | -            | iam                    | admin,creation | success | 1 | tenant
tenant.membership.revoked                           | membership                | -     | -            | iam                    | user,deletion  | success | 1 | tenant
tenant.api_organization_invite.upserted             | invite                    | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.api_organization_invite.deleted              | invite                    | -     | -            | iam                    | admin,deletion | success | 1 | tenant
tenant.chatgpt_workspace_invite.upserted            | invite                    | -     | -            | iam                    | admin,change   | success | 1 | tenant
tenant.membership.accepted                          | membership                | -     | -            | iam                    | user,change    | success | 1 | tenant
tenant.membership.declined                          | membership                | -     | -            | iam                    | user,change    | success | 1 | tenant
tenant.workspace_invite_email_settings.updated      | invite                    | -     | -            | configuration          | change         | success | 1 | tenant
*.created                                           | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.sent                                              | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.invited                                           | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.updated                                           | -                         | -     | -            | configuration          | change         | success | 1 | -
*.upserted                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.migrated                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.deleted                                           | -                         | -     | -            | configuration          | deletion       | success | 1 | -
*.removed                                           | -                         | -     | -            | configuration          | deletion       | success | 1 | -
*.revoked                                           | -                         | -     | -            | configuration          | deletion       | success | 1 | -
*.archived                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.activated                                         | -                         | -     | -            | configuration          | change         | success | 1 | -
*.deactivated                                       | -                         | -     | -            | configuration          | change         | success | 1 | -
*.enabled                                           | -                         | -     | -            | configuration          | change         | success | 1 | -
*.disabled                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.registered                                        | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.accepted                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.declined                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.attached                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.detached                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.completed                                         | -                         | -     | -            | configuration          | change         | success | 1 | -
*.resolved                                          | -                         | -     | -            | configuration          | change         | success | 1 | -
*.looked_up                                         | -                         | -     | -            | configuration          | info           | success | 1 | -
*.started                                           | -                         | -     | -            | configuration          | info           | unknown | 1 | -
*.requested                                         | -                         | -     | -            | configuration          | info           | unknown | 1 | -
*.submitted                                         | -                         | -     | -            | configuration          | info           | unknown | 1 | -
*.redemption                                        | -                         | -     | -            | configuration          | change         | success | 1 | -
*.provisioned                                       | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.issued                                            | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.added                                             | -                         | -     | -            | configuration          | creation       | success | 1 | -
*.bound_to_resource                                 | -                         | -     | -            | configuration          | change         | success | 1 | -
*.unbound_from_resource                             | -                         | -     | -            | configuration          | change         | success | 1 | -
*                                                   | -                         | -     | -            | configuration          | info           | unknown | 1 | -
*.create +api                                       | -                         | -     | -            | api                    | access         | unknown | 1 | -
*.retrieve +api                                     | -                         | -     | -            | api                    | access         | unknown | 1 | -
*.list +api                                         | -                         | -     | -            | api                    | access         | unknown | 1 | -
*.update +api                                       | -                         | -     | -            | api                    | access         | unknown | 1 | -
*.delete +api                                       | -                         | -     | -            | api                    | access         | unknown | 1 | -
*.cancel +api                                       | -                         | -     | -            | api                    | access         | unknown | 1 | -
* +api                                              | -                         | -     | -            | api                    | access         | unknown | 1 | -
`;
