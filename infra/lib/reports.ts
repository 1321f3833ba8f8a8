// CodeBuild's report groups, one for each format that CodeBuild reads, where a deployment asks for them. What builds write
// there is for the eye only: no function of the gate reads it.

import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import { Construct } from 'constructs';
import { Config } from './config';
import { arn } from './names';

/** The gate's name of each format, and the type of its group; the same as in `engine/render/src/report_groups.rs`. */
const FORMATS = {
  junit: 'TEST',
  nunit: 'TEST',
  nunit3: 'TEST',
  testng: 'TEST',
  trx: 'TEST',
  cucumber: 'TEST',
  cobertura: 'CODE_COVERAGE',
  jacoco: 'CODE_COVERAGE',
  clover: 'CODE_COVERAGE',
  simplecov: 'CODE_COVERAGE',
};

export class Reports extends Construct {
  constructor(scope: Construct, config: Config) {
    super(scope, 'Reports');
    for (const [format, type] of Object.entries(FORMATS)) {
      new codebuild.CfnReportGroup(this, format, {
        name: groupName(config, format),
        type,
        exportConfig: { exportConfigType: 'NO_EXPORT' },
        // Else a group with a report in it could not be deleted with the stack.
        deleteReports: true,
      });
    }
  }
}

/** ARNs of all of them. A pattern would fit those of a stack whose name begins like this one's, too. */
export function groupArns(config: Config): string[] {
  return Object.keys(FORMATS).map((format) => arn('codebuild', `report-group/${groupName(config, format)}`));
}

function groupName(config: Config, format: string): string {
  return `${config.service}-${format}`;
}
