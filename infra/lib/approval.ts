// The approval rule that makes the gate bind: CloudFormation has no resource for it, so one of the gate's own functions makes,
// associates and removes it.

import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Config } from './config';
import { Artifact, Functions } from './functions';
import { voterSessionArn } from './names';

export class Approval extends Construct {
  readonly resource: CfnResource;

  constructor(scope: Construct, config: Config, functions: Functions, artifact: Artifact) {
    super(scope, 'Approval');
    this.resource = new CfnResource(this, 'Rule', {
      type: 'Custom::ApprovalRuleTemplate',
      properties: {
        ServiceToken: functions.live['approval-rule'].functionArn,
        ServiceTimeout: 300,
        TemplateName: config.service,
        Description: 'The gate has approved the revision that was built',
        Pool: [voterSessionArn(config.service)],
        NumberOfApprovals: '1',
        Destinations: config.destinations,
        Repositories: [...config.repositories, ...config.patterns],
        Mode: config.mode,
        // The function compares the floor with what this stack was made for.
        FloorUnknown: config.floor === '' ? true : undefined,
        // Not read: another program or floor may mean another rule, and CloudFormation asks only when a property changes.
        Program: artifact.key,
      },
    });
  }
}
