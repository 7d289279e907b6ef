// UpdateAccountPasswordPolicy: what passwords of users must be like.
import { changeAccount } from '../account.ts'
import { Constraints } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const updateAccountPasswordPolicy: IamOperation<'UpdateAccountPasswordPolicy'> = async (
  deps,
  input,
  { account },
) => {
  new Constraints()
    .range('minimumPasswordLength', input.MinimumPasswordLength, { min: 6, max: 128 })
    .range('maxPasswordAge', input.MaxPasswordAge, { min: 1, max: 1095 })
    .range('passwordReusePrevention', input.PasswordReusePrevention, { min: 1, max: 24 })
    .check()
  const passwordPolicy = {
    minimumLength: input.MinimumPasswordLength ?? 6,
    symbols: input.RequireSymbols ?? false,
    numbers: input.RequireNumbers ?? false,
    upperCase: input.RequireUppercaseCharacters ?? false,
    lowerCase: input.RequireLowercaseCharacters ?? false,
    usersMayChange: input.AllowUsersToChangePassword ?? false,
    hardExpiry: input.HardExpiry ?? false,
    ...(input.MaxPasswordAge !== undefined && { maxAgeDays: input.MaxPasswordAge }),
    ...(input.PasswordReusePrevention !== undefined && { reusePrevention: input.PasswordReusePrevention }),
  }
  await changeAccount(deps, account, (record) => ({ ...record, passwordPolicy }))
  return {}
}
