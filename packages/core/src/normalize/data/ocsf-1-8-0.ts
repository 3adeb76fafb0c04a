/**
 * OCSF 1.8.0: the class and activity of each event type, one line each, keyed like `event-types.ts`.
 * Another version of OCSF is another file of this shape and a line in `../event-types.ts`.
 *
 * Columns: type | class_uid | activity_id | activity_name | entity or user type | its type_id
 */
export const OCSF_VERSION: string = '1.8.0';

/** class_uid | class_name | category_uid | category_name */
export const OCSF_CLASSES: string = `
3001 | Account Change         | 3 | Identity & Access Management
3002 | Authentication         | 3 | Identity & Access Management
3004 | Entity Management      | 3 | Identity & Access Management
3005 | User Access Management | 3 | Identity & Access Management
3006 | Group Management       | 3 | Identity & Access Management
6003 | API Activity           | 6 | Application Activity
`;

export const OCSF_ACTIVITIES: string = `
api_key.created                                     | 3004 | 1  | Create              | API Key                            | 99
api_key.updated                                     | 3004 | 3  | Update              | API Key                            | 99
api_key.deleted                                     | 3004 | 4  | Delete              | API Key                            | 99
certificate.created                                 | 3004 | 1  | Create              | Certificate                        | 99
certificate.updated                                 | 3004 | 3  | Update              | Certificate                        | 99
certificate.deleted                                 | 3004 | 4  | Delete              | Certificate                        | 99
certificates.activated                              | 3004 | 10 | Activate            | Certificate                        | 99
certificates.deactivated                            | 3004 | 11 | Deactivate          | Certificate                        | 99
checkpoint.permission.created                       | 3004 | 1  | Create              | Checkpoint Permission              | 99
checkpoint.permission.deleted                       | 3004 | 4  | Delete              | Checkpoint Permission              | 99
external_key.registered                             | 3004 | 6  | Enroll              | External Key                       | 99
external_key.removed                                | 3004 | 7  | Unenroll            | External Key                       | 99
external_storage.registered                         | 3004 | 6  | Enroll              | External Storage                   | 99
external_storage.removed                            | 3004 | 7  | Unenroll            | External Storage                   | 99
group.created                                       | 3006 | 6  | Create              | -                                  | -
group.updated                                       | 3006 | 99 | Update              | -                                  | -
group.deleted                                       | 3006 | 5  | Delete              | -                                  | -
invite.sent                                         | 3004 | 1  | Create              | Invite                             | 99
invite.accepted                                     | 3004 | 10 | Activate            | Invite                             | 99
invite.deleted                                      | 3004 | 4  | Delete              | Invite                             | 99
ip_allowlist.created                                | 3004 | 1  | Create              | IP Allowlist                       | 7
ip_allowlist.updated                                | 3004 | 3  | Update              | IP Allowlist                       | 7
ip_allowlist.deleted                                | 3004 | 4  | Delete              | IP Allowlist                       | 7
ip_allowlist.config.activated                       | 3004 | 10 | Activate            | IP Allowlist                       | 7
ip_allowlist.config.deactivated                     | 3004 | 11 | Deactivate          | IP Allowlist                       | 7
login.succeeded                                     | 3002 | 1  | Logon               | -                                  | -
login.failed                                        | 3002 | 1  | Logon               | -                                  | -
logout.succeeded                                    | 3002 | 2  | Logoff              | -                                  | -
logout.failed                                       | 3002 | 2  | Logoff              | -                                  | -
organization.updated                                | 3004 | 3  | Update              | Organization                       | 4
project.created                                     | 3004 | 1  | Create              | Project                            | 99
project.updated                                     | 3004 | 3  | Update              | Project                            | 99
project.archived                                    | 3004 | 11 | Deactivate          | Project                            | 99
project.deleted                                     | 3004 | 4  | Delete              | Project                            | 99
rate_limit.updated                                  | 3004 | 3  | Update              | Rate Limit                         | 99
rate_limit.deleted                                  | 3004 | 4  | Delete              | Rate Limit                         | 99
resource.deleted                                    | 3004 | 4  | Delete              | Resource                           | 99
tunnel.created                                      | 3004 | 1  | Create              | Tunnel                             | 99
tunnel.updated                                      | 3004 | 3  | Update              | Tunnel                             | 99
tunnel.deleted                                      | 3004 | 4  | Delete              | Tunnel                             | 99
workload_identity_provider.created                  | 3004 | 1  | Create              | Workload Identity Provider         | 99
workload_identity_provider.updated                  | 3004 | 3  | Update              | Workload Identity Provider         | 99
workload_identity_provider.deleted                  | 3004 | 4  | Delete              | Workload Identity Provider         | 99
workload_identity_provider_mapping.created          | 3004 | 1  | Create              | Workload Identity Provider Mapping | 99
workload_identity_provider_mapping.updated          | 3004 | 3  | Update              | Workload Identity Provider Mapping | 99
workload_identity_provider_mapping.deleted          | 3004 | 4  | Delete              | Workload Identity Provider Mapping | 99
role.created                                        | 3004 | 1  | Create              | Role                               | 99
role.updated                                        | 3004 | 3  | Update              | Role                               | 99
role.deleted                                        | 3004 | 4  | Delete              | Role                               | 99
role.assignment.created                             | 3005 | 1  | Assign Privileges   | User                               | 1
role.assignment.created +group                      | 3006 | 1  | Assign Privileges   | -                                  | -
role.assignment.deleted                             | 3005 | 2  | Revoke Privileges   | User                               | 1
role.assignment.deleted +group                      | 3006 | 2  | Revoke Privileges   | -                                  | -
role.bound_to_resource                              | 3004 | 3  | Update              | Role                               | 99
role.unbound_from_resource                          | 3004 | 3  | Update              | Role                               | 99
scim.enabled                                        | 3004 | 8  | Enable              | SCIM Configuration                 | 99
scim.disabled                                       | 3004 | 9  | Disable             | SCIM Configuration                 | 99
service_account.created                             | 3001 | 1  | Create              | Service                            | 4
service_account.updated                             | 3005 | 1  | Assign Privileges   | Service                            | 4
service_account.updated -role                       | 3001 | 99 | Update              | Service                            | 4
service_account.deleted                             | 3001 | 6  | Delete              | Service                            | 4
user.added                                          | 3001 | 1  | Create              | User                               | 1
user.updated                                        | 3005 | 1  | Assign Privileges   | User                               | 1
user.updated -role                                  | 3001 | 99 | Update              | User                               | 1
user.deleted                                        | 3001 | 6  | Delete              | User                               | 1
tenant.metadata.updated                             | 3004 | 3  | Update              | Tenant                             | 4
tenant.microsoft_entra_mapping.upserted             | 3004 | 3  | Update              | Microsoft Entra Mapping            | 99
tenant.microsoft_entra_mapping.deleted              | 3004 | 4  | Delete              | Microsoft Entra Mapping            | 99
tenant.workload_identity.provider.created           | 3004 | 1  | Create              | Workload Identity Provider         | 99
tenant.workload_identity.provider.updated           | 3004 | 3  | Update              | Workload Identity Provider         | 99
tenant.workload_identity.provider.archived          | 3004 | 11 | Deactivate          | Workload Identity Provider         | 99
tenant.workload_identity.mapping.created            | 3004 | 1  | Create              | Workload Identity Mapping          | 99
tenant.workload_identity.mapping.updated            | 3004 | 3  | Update              | Workload Identity Mapping          | 99
tenant.workload_identity.mapping.archived           | 3004 | 11 | Deactivate          | Workload Identity Mapping          | 99
tenant.workload_identity.binding.created            | 3004 | 1  | Create              | Workload Identity Binding          | 99
tenant.workload_identity.principal.provisioned      | 3001 | 1  | Create              | Service                            | 4
tenant.workload_identity.access_token.issued        | 3002 | 99 | Access Token Issued | -                                  | -
tenant.admin_api_key.created                        | 3004 | 1  | Create              | Admin API Key                      | 99
tenant.admin_api_key.updated                        | 3004 | 3  | Update              | Admin API Key                      | 99
tenant.admin_api_key.deleted                        | 3004 | 4  | Delete              | Admin API Key                      | 99
tenant.project_api_key.created                      | 3004 | 1  | Create              | API Key                            | 99
tenant.trusted_access.business_verification.started | 3004 | 99 | Start               | Trusted Access Application         | 99
tenant.trusted_access.application.submitted         | 3004 | 99 | Submit              | Trusted Access Application         | 99
tenant.chatgpt_access_token.revoked                 | 3004 | 4  | Delete              | Access Token                       | 99
tenant.migration.completed                          | 3004 | 99 | Complete            | Tenant Migration                   | 99
tenant.sso.migrated                                 | 3004 | 3  | Update              | SSO Configuration                  | 99
tenant.domains.migrated                             | 3004 | 3  | Update              | Domain                             | 99
tenant.sso_connection.created                       | 3004 | 1  | Create              | SSO Connection                     | 99
tenant.sso_connection.updated                       | 3004 | 3  | Update              | SSO Connection                     | 99
tenant.sso_connection.deleted                       | 3004 | 4  | Delete              | SSO Connection                     | 99
tenant.sso_connection.setup.started                 | 3004 | 99 | Start               | SSO Connection                     | 99
tenant.policy.created                               | 3004 | 1  | Create              | Policy                             | 5
tenant.policy.updated                               | 3004 | 3  | Update              | Policy                             | 5
tenant.policy.deleted                               | 3004 | 4  | Delete              | Policy                             | 5
tenant.policy.attached                              | 3004 | 99 | Attach              | Policy                             | 5
tenant.policy.detached                              | 3004 | 99 | Detach              | Policy                             | 5
tenant.principal_authentication_policy.resolved     | 3004 | 2  | Read                | Principal Authentication Policy    | 5
tenant.scim.setup.started                           | 3004 | 99 | Start               | SCIM Directory                     | 99
tenant.scim.deletion.requested                      | 3004 | 99 | Request             | SCIM Directory                     | 99
tenant.scim.directory.created                       | 3004 | 1  | Create              | SCIM Directory                     | 99
tenant.product_access_policy.updated                | 3004 | 3  | Update              | Product Access Policy              | 5
tenant.resource_share_grant.created                 | 3004 | 1  | Create              | Resource Share Grant               | 99
tenant.resource_share_grant.updated                 | 3004 | 3  | Update              | Resource Share Grant               | 99
tenant.resource_share_grant.accepted                | 3004 | 10 | Activate            | Resource Share Grant               | 99
tenant.resource_share_grant.declined                | 3004 | 99 | Decline             | Resource Share Grant               | 99
tenant.resource_share_grant.revoked                 | 3004 | 4  | Delete              | Resource Share Grant               | 99
tenant.resource_share_grant.deleted                 | 3004 | 4  | Delete              | Resource Share Grant               | 99
tenant.service_account.updated                      | 3001 | 99 | Update              | Service                            | 4
tenant.service_account.deleted                      | 3001 | 6  | Delete              | Service                            | 4
tenant.service_account.token.revoked                | 3004 | 4  | Delete              | Service Account Token              | 99
tenant.billing.overage_limit.updated                | 3004 | 3  | Update              | Billing Settings                   | 99
tenant.billing.alerts.updated                       | 3004 | 3  | Update              | Billing Settings                   | 99
tenant.billing.info.updated                         | 3004 | 3  | Update              | Billing Settings                   | 99
tenant.usage_limit.workspace.updated                | 3004 | 3  | Update              | Usage Limit                        | 99
tenant.usage_limit.group.updated                    | 3004 | 3  | Update              | Usage Limit                        | 99
tenant.usage_limit.user.updated                     | 3004 | 3  | Update              | Usage Limit                        | 99
tenant.usage_limit.increase_request.updated         | 3004 | 3  | Update              | Usage Limit                        | 99
tenant.usage_limit.increase_request.resolved        | 3004 | 3  | Update              | Usage Limit                        | 99
tenant.group.created                                | 3006 | 6  | Create              | -                                  | -
tenant.group.updated                                | 3006 | 99 | Update              | -                                  | -
tenant.group.deleted                                | 3006 | 5  | Delete              | -                                  | -
tenant.group.member.added                           | 3006 | 3  | Add User            | -                                  | -
tenant.group.member.removed                         | 3006 | 4  | Remove User         | -                                  | -
tenant.migration_rollout.status.updated             | 3004 | 3  | Update              | Migration Rollout                  | 99
tenant.migration_rollout.tier.updated               | 3004 | 3  | Update              | Migration Rollout                  | 99
tenant.role.metadata.updated                        | 3004 | 3  | Update              | Role                               | 99
tenant.custom_role.created                          | 3004 | 1  | Create              | Role                               | 99
tenant.custom_role.updated                          | 3004 | 3  | Update              | Role                               | 99
tenant.custom_role.deleted                          | 3004 | 4  | Delete              | Role                               | 99
tenant.role_assignment.created                      | 3005 | 1  | Assign Privileges   | User                               | 1
tenant.role_assignment.created +group               | 3006 | 1  | Assign Privileges   | -                                  | -
tenant.role_assignment.deleted                      | 3005 | 2  | Revoke Privileges   | User                               | 1
tenant.role_assignment.deleted +group               | 3006 | 2  | Revoke Privileges   | -                                  | -
tenant.resource_role_assignment.created             | 3005 | 1  | Assign Privileges   | User                               | 1
tenant.resource_role_assignment.created +group      | 3006 | 1  | Assign Privileges   | -                                  | -
tenant.resource_role_assignment.deleted             | 3005 | 2  | Revoke Privileges   | User                               | 1
tenant.resource_role_assignment.deleted +group      | 3006 | 2  | Revoke Privileges   | -                                  | -
tenant.resource_access.updated                      | 3004 | 3  | Update              | Resource Access                    | 99
tenant.resource_access.deleted                      | 3004 | 4  | Delete              | Resource Access                    | 99
tenant.ads_account.onboarding.redemption            | 3004 | 99 | Redeem              | Ads Account                        | 99
tenant.session_policy.created                       | 3004 | 1  | Create              | Session Policy                     | 5
tenant.session_policy.updated                       | 3004 | 3  | Update              | Session Policy                     | 5
tenant.session_policy.deleted                       | 3004 | 4  | Delete              | Session Policy                     | 5
tenant.session_revocation.started                   | 3004 | 99 | Start               | Session                            | 99
tenant.third_party_app_policy.updated               | 3004 | 3  | Update              | Third Party App Policy             | 5
tenant.user.added                                   | 3001 | 1  | Create              | User                               | 1
tenant.user.updated                                 | 3001 | 99 | Update              | User                               | 1
tenant.user.removed                                 | 3001 | 6  | Delete              | User                               | 1
tenant.user.looked_up                               | 3004 | 2  | Read                | User                               | 2
tenant.user.invited                                 | 3004 | 1  | Create              | Invite                             | 99
tenant.membership.revoked                           | 3004 | 4  | Delete              | Tenant Membership                  | 99
tenant.api_organization_invite.upserted             | 3004 | 3  | Update              | Invite                             | 99
tenant.api_organization_invite.deleted              | 3004 | 4  | Delete              | Invite                             | 99
tenant.chatgpt_workspace_invite.upserted            | 3004 | 3  | Update              | Invite                             | 99
tenant.membership.accepted                          | 3004 | 10 | Activate            | Tenant Membership                  | 99
tenant.membership.declined                          | 3004 | 99 | Decline             | Tenant Membership                  | 99
tenant.workspace_invite_email_settings.updated      | 3004 | 3  | Update              | Invite Email Settings              | 99
*.created                                           | 6003 | 1  | Create              | -                                  | -
*.sent                                              | 6003 | 1  | Create              | -                                  | -
*.invited                                           | 6003 | 1  | Create              | -                                  | -
*.updated                                           | 6003 | 3  | Update              | -                                  | -
*.upserted                                          | 6003 | 3  | Update              | -                                  | -
*.migrated                                          | 6003 | 3  | Update              | -                                  | -
*.deleted                                           | 6003 | 4  | Delete              | -                                  | -
*.removed                                           | 6003 | 4  | Delete              | -                                  | -
*.revoked                                           | 6003 | 4  | Delete              | -                                  | -
*.archived                                          | 6003 | 3  | Update              | -                                  | -
*.activated                                         | 6003 | 3  | Update              | -                                  | -
*.deactivated                                       | 6003 | 3  | Update              | -                                  | -
*.enabled                                           | 6003 | 3  | Update              | -                                  | -
*.disabled                                          | 6003 | 3  | Update              | -                                  | -
*.registered                                        | 6003 | 1  | Create              | -                                  | -
*.accepted                                          | 6003 | 3  | Update              | -                                  | -
*.declined                                          | 6003 | 3  | Update              | -                                  | -
*.attached                                          | 6003 | 3  | Update              | -                                  | -
*.detached                                          | 6003 | 3  | Update              | -                                  | -
*.completed                                         | 6003 | 3  | Update              | -                                  | -
*.resolved                                          | 6003 | 3  | Update              | -                                  | -
*.looked_up                                         | 6003 | 2  | Read                | -                                  | -
*.started                                           | 6003 | 99 | Other               | -                                  | -
*.requested                                         | 6003 | 99 | Other               | -                                  | -
*.submitted                                         | 6003 | 99 | Other               | -                                  | -
*.redemption                                        | 6003 | 3  | Update              | -                                  | -
*.provisioned                                       | 6003 | 1  | Create              | -                                  | -
*.issued                                            | 6003 | 1  | Create              | -                                  | -
*.added                                             | 6003 | 1  | Create              | -                                  | -
*.bound_to_resource                                 | 6003 | 3  | Update              | -                                  | -
*.unbound_from_resource                             | 6003 | 3  | Update              | -                                  | -
*                                                   | 6003 | 99 | Other               | -                                  | -
*.create +api                                       | 6003 | 1  | Create              | -                                  | -
*.retrieve +api                                     | 6003 | 2  | Read                | -                                  | -
*.list +api                                         | 6003 | 2  | Read                | -                                  | -
*.update +api                                       | 6003 | 3  | Update              | -                                  | -
*.delete +api                                       | 6003 | 4  | Delete              | -                                  | -
*.cancel +api                                       | 6003 | 4  | Delete              | -                                  | -
* +api                                              | 6003 | 99 | Other               | -                                  | -
`;
