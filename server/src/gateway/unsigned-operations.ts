// Operations that take requests without a signature, as their SDK clients send them: whoever calls them has no keys yet.
// What they may do, the operation itself decides, from the token or password that they bring.
import type { ServiceId } from '#protocol/services.ts'

const UNSIGNED: Readonly<Partial<Record<ServiceId, ReadonlySet<string>>>> = {
  // The links in messages: a token, or an id that nobody can guess, stands for the signature.
  sns: new Set(['ConfirmSubscription', 'Unsubscribe']),
  sts: new Set(['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']),
  'cognito-identity': new Set(['GetCredentialsForIdentity', 'GetId', 'GetOpenIdToken', 'UnlinkIdentity']),
  'cognito-identity-provider': new Set([
    'AssociateSoftwareToken',
    'ChangePassword',
    'CompleteWebAuthnRegistration',
    'ConfirmDevice',
    'ConfirmForgotPassword',
    'ConfirmSignUp',
    'DeleteUser',
    'DeleteUserAttributes',
    'DeleteWebAuthnCredential',
    'ForgetDevice',
    'ForgotPassword',
    'GetDevice',
    'GetTokensFromRefreshToken',
    'GetUser',
    'GetUserAttributeVerificationCode',
    'GetUserAuthFactors',
    'GlobalSignOut',
    'InitiateAuth',
    'ListDevices',
    'ListUserSessions',
    'ListWebAuthnCredentials',
    'ResendConfirmationCode',
    'RespondToAuthChallenge',
    'RevokeToken',
    'RevokeUserSession',
    'SetUserMFAPreference',
    'SetUserSettings',
    'SignUp',
    'StartWebAuthnRegistration',
    'UpdateAuthEventFeedback',
    'UpdateDeviceStatus',
    'UpdateUserAttributes',
    'VerifySoftwareToken',
    'VerifyUserAttribute',
  ]),
}

/** Whether the operation may be called by an anonymous caller, in every mode. */
export function takesUnsigned(service: ServiceId, operation: string): boolean {
  return UNSIGNED[service]?.has(operation) ?? false
}
