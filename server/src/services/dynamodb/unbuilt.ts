// What callers can ask of built operations on AWS, and not here.
import type { UnbuiltMembers } from '#protocol/operation.ts'
import { notBuilt } from './errors.ts'
import type { DynamoModule } from './model.ts'

export const unbuiltOfDynamo: UnbuiltMembers<DynamoModule> = {
  members: {
    CreateTable: ['GlobalTableSettingsReplicationMode'],
    ExportTableToPointInTime: ['FilterSpecification'],
    RestoreTableFromBackup: ['VectorIndexOverride'],
    RestoreTableToPointInTime: ['VectorIndexOverride'],
    UpdateTable: ['MultiRegionConsistency', 'GlobalTableSettingsReplicationMode', 'DisassociationProtectionEnabled'],
  },
  fault: notBuilt,
}
