"""Partitions and their regions."""

import pytest

from orgtrail.regions import default_regions, iam_region, partition_of, partitions, regions_of


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("ap-northeast-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-east-9", None),
        ("aws-global", None),
        ("", None),
    ],
)
def test_a_region_belongs_to_one_partition_or_to_none(region, partition):
    assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "us-east-1"),
        ("aws-cn", "cn-north-1"),
        ("aws-us-gov", "us-gov-west-1"),
        ("aws-eusc", "eusc-de-east-1"),
    ],
)
def test_each_partition_has_one_region_where_iam_events_occur(partition, region):
    assert iam_region(partition) == region


@pytest.mark.parametrize("partition", partitions())
def test_the_iam_region_is_a_region_of_its_partition(partition):
    assert partition_of(iam_region(partition)) == partition


def test_no_region_is_in_two_partitions():
    regions = [region for partition in partitions() for region in regions_of(partition)]

    assert len(regions) == len(set(regions))


def test_pseudo_regions_are_no_regions():
    assert not [region for partition in partitions() for region in regions_of(partition) if "global" in region]


def test_all_stands_for_the_regions_that_need_no_opt_in():
    assert len(default_regions("aws")) == 17
    assert set(default_regions("aws")) < set(regions_of("aws"))
    assert "af-south-1" in set(regions_of("aws")) - set(default_regions("aws"))


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "aws-eusc"])
def test_all_stands_for_every_region_where_there_is_no_opt_in(partition):
    assert default_regions(partition) == regions_of(partition)


@pytest.mark.parametrize("partition", partitions())
def test_all_includes_the_iam_region(partition):
    assert iam_region(partition) in default_regions(partition)


def test_an_unknown_partition_is_an_error():
    with pytest.raises(KeyError):
        regions_of("aws-moon")
