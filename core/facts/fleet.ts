/**
 * Returns what replaces an instance with these tags, such as `Auto Scaling group web`, or `null`. Only AWS can set tags that begin with
 * `aws:`. EKS and other Kubernetes tools set the tags of their nodes, but users can set them too:
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html,
 * https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html
 */
export function fleetOf(tags: Readonly<Record<string, string>>): string | null {
  const group = tags['aws:autoscaling:groupName'];
  if (group) return `Auto Scaling group ${group}`;
  const cluster = tags['eks:cluster-name'] || tags['eks:eks-cluster-name'] || tags['alpha.eksctl.io/cluster-name'] || ownerIn(tags);
  if (cluster) return `Kubernetes cluster ${cluster}`;
  return tags['eks:nodegroup-name'] ? `node group ${tags['eks:nodegroup-name']}` : null;
}

const OWNED_BY = 'kubernetes.io/cluster/';

/** Returns the name of the cluster in a tag such as `kubernetes.io/cluster/shop: owned`. Resources that are not its nodes are `shared`. */
const ownerIn = (tags: Readonly<Record<string, string>>): string | undefined =>
  Object.keys(tags)
    .find((key) => key.startsWith(OWNED_BY) && tags[key] === 'owned')
    ?.slice(OWNED_BY.length);

/**
 * Tags of a volume that Kubernetes created for a persistent volume claim:
 * https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md
 */
const CLAIM_TAGS: readonly string[] = [
  'kubernetes.io/created-for/pvc/name',
  'kubernetes.io/created-for/pv/name',
  'CSIVolumeName',
  'ebs.csi.aws.com/cluster',
  'ebs.csi.aws.com/cluster-name',
];

/** Whether Kubernetes created a volume with these tags for a persistent volume claim. */
export const isForClaim = (tags: Readonly<Record<string, string>>): boolean => CLAIM_TAGS.some((tag) => Object.hasOwn(tags, tag));
